// SPDX-License-Identifier: Apache-2.0
/// \file
/// Rows of int8, as naive meanings see them.
#include "dialects/braid/ops/Int8Rows.h"

using namespace mlir;
namespace braid::graph {

void roundToInt8(const Naive &n, Value rows, Value plane, Value row) {
  ImplicitLocOpBuilder &b = n.b;
  const int64_t width = cast<MemRefType>(rows.getType()).getDimSize(2);
  n.each(llvm::divideCeil(width, kInt8Group), [&](Value group) {
    Value from = n.mul(group, n.index(kInt8Group));
    Value to = arith::MinSIOp::create(b, n.add(from, n.index(kInt8Group)), n.index(width));
    Value top = n.loop(from, to, n.f32(0), [&](Value d, ValueRange most) -> Naive::Values {
      Value size = math::AbsFOp::create(b, n.at(rows, {plane, row, d}));
      return {arith::MaximumFOp::create(b, size, most[0])};
    })[0];
    Value scale = n.div(top, n.f32(127));
    // The inverse of less would not be finite: such numbers are taken as zero.
    Value inverse = n.select(n.greater(top, n.f32(0x1p-100)), n.div(n.f32(127), top), n.f32(0));
    n.loop(from, to, {}, [&](Value d, ValueRange) -> Naive::Values {
      Value code = math::RoundEvenOp::create(b, n.mul(n.at(rows, {plane, row, d}), inverse));
      code = n.select(n.greater(code, n.f32(127)), n.f32(127), code);
      code = n.select(n.greater(n.f32(-127), code), n.f32(-127), code);
      n.store(n.mul(code, scale), rows, {plane, row, d});
      return {};
    });
  });
}

} // namespace braid::graph
