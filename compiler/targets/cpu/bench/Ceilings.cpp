// SPDX-License-Identifier: Apache-2.0
/// \file
/// The ceiling kernels.
#include "compiler/targets/cpu/bench/Ceilings.h"

#include "compiler/targets/cpu/Schedule.h"
#include "compiler/targets/cpu/kernels/Codes.h"

using namespace mlir;
namespace braid::cpu {

static void emitRead(Emit &e, StringRef name, int64_t ahead) {
  Type p = e.ptr(), i64 = e.getI64Type();
  VectorType i32 = e.vec(e.getI32Type());
  const int64_t lines = 16;
  e.function(name, {p, i64, p}, [&](ValueRange args) {
    SmallVector<Value> sums(4, e.constant(i32, int64_t(0)));
    sums = e.loop(e.i64(0), args[1], e.i64(64 * lines), sums, [&](Value offset, ValueRange in) {
      SmallVector<Value> next(in);
      for (int64_t line = 0; line < lines; ++line) {
        Value address = e.at(e.at(args[0], offset), 64 * line);
        if (ahead)
          e.prefetch(e.at(address, ahead));
        next[line % 4] = arith::XOrIOp::create(e, next[line % 4], e.load(i32, address, 64));
      }
      return next;
    });
    for (int i = 1; i < 4; ++i)
      sums[0] = e.add(sums[0], sums[i]);
    e.store(sums[0], args[2], 4);
  }, /*exported=*/true);
}

static void emitUpdate(Emit &e, StringRef name, int64_t ahead) {
  e.function(name, {e.ptr(), e.getI64Type()}, [&](ValueRange args) {
    e.loop(e.i64(0), args[1], e.i64(1024), [&](Value offset) {
      for (int64_t line = 0; line < 1024; line += 64) {
        Value address = e.at(e.at(args[0], offset), line);
        if (ahead)
          e.prefetch(e.at(address, ahead));
        e.store(e.mul(e.load(e.vf32(), address, 64), e.constant(e.vf32(), 0.999)), address, 64);
      }
    });
  }, /*exported=*/true);
}

/// 24 vectors of `step` a round, in as many independent chains as hide the latency and fit into the registers.
static void emitPeak(Emit &e, const Isa &isa, StringRef name, VectorType type,
                     llvm::function_ref<Value(Value sum, Value sink)> step) {
  const int chains = isa.avx512 ? 12 : 6;
  e.function(name, {e.getI64Type(), e.ptr()}, [&](ValueRange args) {
    SmallVector<Value> sums;
    for (int64_t i = 0; i < chains; ++i) // not 1, which the multiply-add maps to itself: it would be folded away
      sums.push_back(e.constant(type, i + 2));
    sums = e.loop(e.i64(0), args[0], e.i64(1), sums, [&](Value, ValueRange in) {
      SmallVector<Value> next(in);
      for (int repeat = 0; repeat < 24 / chains; ++repeat)
        for (Value &sum : next)
          sum = step(sum, args[1]);
      return next;
    });
    for (int i = 1; i < chains; ++i)
      sums[0] = e.add(sums[0], sums[i]);
    e.store(sums[0], args[1], 4);
  }, /*exported=*/true);
}

Peak peakOf(const Isa &isa, const WeightLayout &layout, ActivationType activations) {
  switch (activationsFor(isa, layout, activations)) {
  case ActivationType::F32: return {"ceiling_fma", kCeilingOps, "GFLOP/s", "f32 FMA"};
  case ActivationType::Q8: return {"ceiling_dot", 4 * kCeilingOps, "GOP/s", "int8 dot"};
  case ActivationType::BF16: return {"ceiling_bf16", 2 * kCeilingOps, "GFLOP/s", "bf16 dot"};
  }
  llvm_unreachable("a type of activations");
}

void emitCeilings(Emit &e, const Isa &isa) {
  emitRead(e, "ceiling_read", 4096);
  emitRead(e, "ceiling_read_far", 8192);
  emitRead(e, "ceiling_read_plain", 0);
  emitUpdate(e, "ceiling_update", 0);
  emitUpdate(e, "ceiling_update_far", 4096);
  VectorType f32 = e.vf32(), i32 = e.vec(e.getI32Type());
  emitPeak(e, isa, "ceiling_fma", f32, [&](Value sum, Value) {
    return e.fma(sum, e.constant(f32, 0.999), e.constant(f32, 0.001));
  });
  if (hasBf16Dot(isa))
    emitPeak(e, isa, "ceiling_bf16", f32, [&](Value sum, Value) {
      Value pairs = e.constant(e.vec(e.getBF16Type(), 32), 0.0078125);
      return e.intrinsic("llvm.x86.avx512bf16.dpbf16ps.512", f32, {sum, pairs, pairs});
    });
  WeightLayout layout{Codes::U8, 0, 32, ScaleType::F32, false, 0};
  emitPeak(e, isa, "ceiling_dot", i32, [&](Value sum, Value sink) {
    // Without VNNI a product does not depend on the sum: let the sum be the weights, or it would leave the loop.
    Value weights = isa.vnni ? e.load(i32, sink, 4) : sum;
    DotOperand operand = dotOperands(e, isa, layout, weights)[0];
    if (!isa.vnni)
      operand.even = operand.odd = vector::BitCastOp::create(e, e.vec(e.getI16Type(), 32), sum);
    return dot(e, isa, sum, operand, sink);
  });
}

} // namespace braid::cpu
