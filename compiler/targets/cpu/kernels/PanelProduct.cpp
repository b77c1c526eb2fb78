// SPDX-License-Identifier: Apache-2.0
/// \file
/// Calls of the micro-kernels.
#include "compiler/targets/cpu/kernels/PanelProduct.h"

#include "compiler/targets/cpu/kernels/QuantTile.h"
#include "compiler/targets/cpu/kernels/Tile.h"

using namespace mlir;
namespace braid::cpu {

void PanelProduct::emit(Emit &e, int count, Value a, Value weights, Value panels, Value out) const {
  const int widest = tilesFor(isa, layout, activations).vectors, wide = count == 1 || widest != unitPanels ? 1 : widest;
  Value panelBytes = e.i64(layout.panelBytes()), stride = e.i64(64 * unitPanels), aStride = e.i64(rowBytes);
  auto run = [&](int vectors, Value w, Value panelStride, Value to) {
    if (layout.isQuantized()) {
      Value steps = e.i64(layout.group ? layout.paddedK() / layout.group : layout.paddedK() / 32);
      e.call(emitQuantTile(e, isa, {layout, activations, count, vectors}),
             {a, aStride, w, panelStride, steps, to, stride});
      return;
    }
    const bool pairs = layout.codes == Codes::BF16;
    Value kStride = e.i64(layout.codes == Codes::F16 ? 32 : 64), k = e.i64(layout.paddedK() / (pairs ? 2 : 1));
    DenseTile tile{layout.codes, count, vectors};
    tile.bf16Rows = activationsFor(isa, layout, activations) == ActivationType::BF16;
    e.call(emitDenseTile(e, isa, tile), {a, aStride, w, panelStride, kStride, k, to, stride});
  };
  auto oneByOne = [&] {
    e.loop(e.i64(0), panels, e.i64(1), [&](Value panel) {
      run(1, e.at(weights, e.mul(panel, panelBytes)), e.i64(0), e.at(out, e.mul(panel, e.i64(64))));
    });
  };
  if (wide == 1)
    return oneByOne();
  if (wide == 2) // a panel that does not exist is the first one again: its columns are never stored
    return run(2, weights, e.select(e.less(e.i64(1), panels), panelBytes, e.i64(0)), out);
  e.ifThen(e.less(panels, e.i64(unitPanels)), oneByOne, [&] { run(wide, weights, panelBytes, out); });
}

} // namespace braid::cpu
