// SPDX-License-Identifier: Apache-2.0
/// \file
/// Calls of the micro-kernels.
#include "compiler/targets/cpu/kernels/PanelProduct.h"

#include "compiler/targets/cpu/kernels/QuantTile.h"
#include "compiler/targets/cpu/kernels/Tile.h"

using namespace mlir;
namespace braid::cpu {

void PanelProduct::emit(Emit &e, int count, Value a, Value weights, Value panels, Value out) const {
  const int vectors = count == 1 ? 1 : tilesFor(isa, layout, activations).vectors;
  Value panelBytes = e.i64(layout.panelBytes()), stride = e.i64(64 * unitPanels), aStride = e.i64(rowBytes);
  auto run = [&](Value w, Value panelStride, Value to) {
    if (layout.isQuantized()) {
      Value steps = e.i64(layout.group ? layout.paddedK() / layout.group : layout.paddedK() / 32);
      e.call(emitQuantTile(e, isa, {layout, activations, count, vectors}),
             {a, aStride, w, panelStride, steps, to, stride});
      return;
    }
    const bool pairs = layout.codes == Codes::BF16;
    Value kStride = e.i64(layout.codes == Codes::F16 ? 32 : 64), k = e.i64(layout.paddedK() / (pairs ? 2 : 1));
    e.call(emitDenseTile(e, isa, {layout.codes, count, vectors}), {a, aStride, w, panelStride, kStride, k, to, stride});
  };
  if (vectors == unitPanels) // a panel that does not exist is the first one again: its columns are never stored
    return run(weights, e.select(e.less(e.i64(1), panels), panelBytes, e.i64(0)), out);
  e.loop(e.i64(0), panels, e.i64(1), [&](Value panel) {
    run(e.at(weights, e.mul(panel, panelBytes)), e.i64(0), e.at(out, e.mul(panel, e.i64(64))));
  });
}

} // namespace braid::cpu
