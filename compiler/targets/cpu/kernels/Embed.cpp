// SPDX-License-Identifier: Apache-2.0
/// \file
/// Embedding rows out of a packed matrix: one column of a panel, read with the panel's stride.
#include "compiler/targets/cpu/kernels/Contraction.h"

using namespace mlir;
namespace braid::cpu {
namespace {

struct Column {
  Emit &e;
  const WeightLayout &layout;
  double factor;
  Value panel, lane, out; ///< lane: i64 in [0, 16)

  void put(Value value, Value k) const {
    auto store = [&] {
      Value scaled = factor == 1 ? value : e.mul(value, e.f32(factor));
      e.store(scaled, e.at(out, e.mul(k, e.i64(4))), 4);
    };
    if (layout.paddedK() == layout.k)
      store();
    else
      e.ifThen(e.less(k, e.i64(layout.k)), store);
  }
  Value number(ScaleType type, Value address) const {
    if (type == ScaleType::F16)
      return arith::ExtFOp::create(e, e.getF32Type(), e.load(e.getF16Type(), address, 2));
    return e.load(e.getF32Type(), address, 4);
  }
  Value float32(Value bits) const { return arith::BitcastOp::create(e, e.getF32Type(), bits); }

  void dense() const {
    const bool pairs = layout.codes == Codes::BF16;
    Value step = e.i64(layout.codes == Codes::F16 ? 32 : 64);
    Value from = e.at(panel, e.mul(lane, e.i64(layout.codes == Codes::F16 ? 2 : 4)));
    e.loop(e.i64(0), e.i64(layout.paddedK() / (pairs ? 2 : 1)), e.i64(1), [&](Value i) {
      Value address = e.at(from, e.mul(i, step));
      if (!pairs)
        return put(number(layout.codes == Codes::F16 ? ScaleType::F16 : ScaleType::F32, address), i);
      Value pair = e.load(e.getI32Type(), address, 4), k = e.mul(i, e.i64(2));
      put(float32(arith::ShLIOp::create(e, pair, e.i32(16))), k);
      put(float32(arith::AndIOp::create(e, pair, e.i32(int32_t(0xffff0000)))), e.add(k, e.i64(1)));
    });
  }

  void quantised() const {
    const bool nibbles = layout.codes == Codes::U4;
    const int64_t stepK = nibbles ? 8 : 4, steps = layout.groupSize() / stepK;
    e.loop(e.i64(0), e.i64(layout.paddedK() / layout.groupSize()), e.i64(1), [&](Value group) {
      Value head = e.at(panel, e.mul(group, e.i64(layout.groupBytes())));
      Value own = e.at(head, e.mul(lane, e.i64(layout.scaleBytes())));
      Value scale = number(layout.scale, own);
      Value offset = e.mul(scale, e.f32(-layout.zero));
      if (layout.min)
        offset = e.add(offset, number(layout.scale, e.at(own, 16 * layout.scaleBytes())));
      Value codes = e.at(e.at(head, layout.groupHeadBytes()), e.mul(lane, e.i64(4)));
      e.loop(e.i64(0), e.i64(steps), e.i64(1), [&](Value step) {
        Value dword = e.load(e.getI32Type(), e.at(codes, e.mul(step, e.i64(64))), 2);
        Value k = e.add(e.mul(group, e.i64(layout.groupSize())), e.mul(step, e.i64(stepK)));
        for (int64_t j = 0; j < stepK; ++j) {
          int32_t shift = !nibbles || j < 4 ? 8 * j : 8 * (j - 4) + 4;
          Value code = arith::ShRUIOp::create(e, dword, e.i32(shift));
          code = arith::AndIOp::create(e, code, e.i32(nibbles ? 0x0f : 0xff));
          Value number = arith::SIToFPOp::create(e, e.getF32Type(), code);
          put(e.fma(scale, number, offset), e.add(k, e.i64(j)));
        }
      });
    });
  }
};

} // namespace

LLVM::LLVMFuncOp emitEmbed(Emit &e, const Isa &isa, StringRef name, const WeightLayout &layout, int64_t vocab,
                           double scale) {
  const int64_t rowsPerTask = 8;
  Type p = e.ptr();
  return e.function(name, {p, e.getI64Type(), p, p, p}, [&](ValueRange args) {
    e.parallel((name + ".rows").str(), args[0], e.ceilDiv(args[1], rowsPerTask), args.drop_front(),
               [&](ValueRange v, Value index) {
                 Value first = e.mul(index, e.i64(rowsPerTask));
                 Value end = e.min(v[0], e.add(first, e.i64(rowsPerTask)));
                 e.loop(first, end, e.i64(1), [&](Value row) {
                   Value token = arith::ExtSIOp::create(
                       e, e.getI64Type(), e.load(e.getI32Type(), e.at(v[1], e.mul(row, e.i64(4))), 4));
                   Value panel = e.div(token, e.i64(16));
                   Column column{e,
                                 layout,
                                 scale,
                                 e.at(v[2], e.mul(panel, e.i64(layout.panelBytes()))),
                                 e.rem(token, e.i64(16)),
                                 e.at(v[3], e.mul(row, e.i64(4 * layout.k)))};
                   layout.isQuantized() ? column.quantised() : column.dense();
                 });
               });
  });
}

} // namespace braid::cpu
