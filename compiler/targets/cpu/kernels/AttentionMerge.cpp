// SPDX-License-Identifier: Apache-2.0
/// \file
/// The merge of splits: out = sum_s 2^(m_s - M) o_s / sum_s 2^(m_s - M) l_s.
#include "compiler/targets/cpu/kernels/AttentionParts.h"
#include "compiler/targets/cpu/kernels/VectorMath.h"

using namespace mlir;
namespace braid::cpu {

LLVM::LLVMFuncOp emitAttentionMerge(Emit &e, const Attention &spec, const AttentionShape &shape) {
  Type p = e.ptr();
  return e.function(spec.name + "_merge", {p, e.getI64Type(), p}, [&](ValueRange args) {
    Value partial = args[0], splits = args[1], out = args[2];
    Value weights = e.stackSlot(4 * kSplitSlots);
    SmallVector<Value> maxima, sums;
    Value top = e.constant(e.vf32(), -3.402823466e38);
    for (int64_t i = 0; i < kSplitSlots; i += kLanes) {
      Value mask = e.tailMask(e.sub(splits, e.i64(i)));
      Value loaded = e.loadMasked(e.vf32(), e.at(partial, 4 * i), mask);
      maxima.push_back(e.select(mask, loaded, e.constant(e.vf32(), -std::numeric_limits<double>::infinity())));
      sums.push_back(e.loadMasked(e.vf32(), e.at(partial, 4 * (kSplitSlots + i)), mask));
      top = e.max(top, maxima.back());
    }
    Value maximum = e.splat(e.maxLanes(top));
    Value total = e.constant(e.vf32(), 0.0);
    for (auto [i, m] : llvm::enumerate(maxima)) {
      Value weight = emitExp2OfNonPositive(e, e.sub(m, maximum));
      e.store(weight, e.at(weights, int64_t(64 * i)), 64);
      total = e.fma(weight, sums[i], total);
    }
    Value sum = e.sumLanes(total);
    Value inverse = e.splat(e.select(e.less(e.f32(0), sum), e.div(e.f32(1), sum), e.f32(0)));

    SmallVector<Value> outputs(shape.valueVectors, e.constant(e.vf32(), 0.0));
    Value rows = e.at(partial, 8 * kSplitSlots);
    outputs = e.loop(e.i64(0), splits, e.i64(1), outputs, [&](Value split, ValueRange in) {
      Value weight = e.splat(e.load(e.getF32Type(), e.at(weights, e.mul(split, e.i64(4))), 4));
      Value row = e.at(rows, e.mul(split, e.i64(shape.outStride)));
      SmallVector<Value> next;
      for (auto [j, v] : llvm::enumerate(in))
        next.push_back(e.fma(weight, e.load(e.vf32(), e.at(row, int64_t(64 * j)), 64), v));
      return next;
    });
    for (Value &v : outputs)
      v = e.mul(v, inverse);
    emitStoreHead(e, spec.valueDim, outputs, out);
  });
}

} // namespace braid::cpu
