// SPDX-License-Identifier: Apache-2.0
/// \file
/// The sweeps over a block of the state, and what happens between two of them.
#include "compiler/targets/cpu/RecurrenceSchedule.h"
#include "compiler/targets/cpu/kernels/ExprCode.h"
#include "compiler/targets/cpu/kernels/RecurrencePlan.h"

using namespace mlir;
using namespace braid::derive;
namespace braid::cpu {

static StringRef nameOf(SweepMode mode) {
  return mode == SweepMode::Read ? "read" : mode == SweepMode::Update ? "update" : "sweep";
}

LLVM::LLVMFuncOp emitSweep(Emit &e, const RecurrencePlan &plan, unsigned state, SweepMode mode, int vectors) {
  std::string name = (plan.spec.name + "." + nameOf(mode) + "." + Twine(state) + "x" + Twine(vectors)).str();
  if (auto known = e.module().lookupSymbol<LLVM::LLVMFuncOp>(name))
    return known;
  const bool updates = mode != SweepMode::Read;
  const RecurrencePlan::State &which = plan.states[state];
  SmallVector<unsigned> reads;
  if (mode != SweepMode::Update)
    reads = which.reads;
  const int64_t rows = plan.spec.paddedK(), unroll = recurrenceScheduleFor(plan.isa).unrolledRows;
  Type p = e.ptr(), f = e.getF32Type();
  return e.function(name, {p, e.getI64Type(), p, p, p, p}, [&](ValueRange params) {
    Value base = params[0], rowBytes = params[1], now = params[2], next = params[3], readsAt = params[4];
    SmallVector<SmallVector<Value>> written;
    for (unsigned write : which.writes)
      for (written.emplace_back(); updates && int(written.back().size()) < vectors;)
        written.back().push_back(
            e.load(e.vf32(), e.at(params[5], int64_t(256 * write + 64 * written.back().size())), 64));
    SmallVector<Value> zeros(reads.size() * vectors, e.constant(e.vf32(), 0.0));
    auto body = [&](Value first, ValueRange carried) {
      SmallVector<Value> sums(carried);
      Value keyBytes = e.mul(first, e.i64(4)), row = e.at(base, e.mul(first, rowBytes));
      for (int64_t u = 0; u < unroll; ++u) {
        auto factor = [&](Value slot, unsigned key) {
          return e.splat(e.load(f, e.at(e.at(slot, keyBytes), plan.keyOffset(key) + 4 * u), 4));
        };
        Value decay;
        SmallVector<Value> ofWrites, ofReads;
        if (updates && which.decayKey)
          decay = factor(now, *which.decayKey);
        else if (updates && which.decayScalar)
          decay = e.splat(e.load(f, e.at(now, plan.scalarOffset(*which.decayScalar)), 4));
        for (unsigned write : which.writes)
          if (updates)
            ofWrites.push_back(factor(now, plan.writeKeys[write]));
        for (unsigned read : reads)
          ofReads.push_back(factor(next, plan.readKeys[read]));
        for (int j = 0; j < vectors; ++j) {
          Value at = e.at(row, int64_t(64 * j)), x = e.load(e.vf32(), at, 64);
          if (decay)
            x = e.mul(x, decay);
          for (auto [key, values] : llvm::zip(ofWrites, written))
            x = e.fma(key, values[j], x);
          if (updates)
            e.store(x, at, 64);
          for (auto [number, key] : llvm::enumerate(ofReads))
            sums[number * vectors + j] = e.fma(key, x, sums[number * vectors + j]);
        }
        row = e.at(row, rowBytes);
      }
      return sums;
    };
    SmallVector<Value> sums = e.loop(e.i64(0), e.i64(rows), e.i64(unroll), zeros, body);
    for (auto [number, read] : llvm::enumerate(reads))
      for (int j = 0; j < vectors; ++j)
        e.store(sums[number * vectors + j], e.at(readsAt, int64_t(256 * read + 64 * j)), 64);
  });
}

LLVM::LLVMFuncOp emitTokenValues(Emit &e, const RecurrencePlan &plan) {
  Type p = e.ptr(), i = e.getI64Type();
  SmallVector<Type> params{i, i, i, i, p, p, p, p};
  params.append(plan.argCount(), p);
  const ExprPool &pool = plan.form.pool;
  const int64_t V = plan.spec.valueDim;
  return e.function(plan.spec.name + ".values", params, [&](ValueRange v) {
    Value token = v[0], head = v[1], firstColumn = v[2], slot = v[4], reads = v[5], writes = v[6];
    Value row = e.add(e.mul(token, e.i64(plan.spec.heads)), head);
    Value out = e.at(v[7], e.mul(row, e.i64(4 * V)));
    e.loop(e.i64(0), v[3], e.i64(1), [&](Value vector) {
      Value inBlock = e.mul(vector, e.i64(64));
      Value column = e.add(firstColumn, e.mul(vector, e.i64(16))), columnBytes = e.mul(column, e.i64(4));
      Value mask = V % 16 ? e.tailMask(e.sub(e.i64(V), column)) : Value();
      auto leaf = [&](ExprId id) -> Value {
        const Expr &expr = pool[id];
        if (expr.width == Width::Scalar) {
          unsigned number = llvm::find(plan.scalars, id) - plan.scalars.begin();
          return e.splat(e.load(e.getF32Type(), e.at(slot, plan.scalarOffset(number)), 4));
        }
        if (expr.kind == ExprKind::Read)
          return e.load(e.vf32(), e.at(e.at(reads, inBlock), int64_t(256 * expr.index)), 64);
        Value from = e.at(plan.argRow(e, v.drop_front(8), expr.index, token, head), columnBytes);
        return mask ? e.loadMasked(e.vf32(), from, mask) : e.load(e.vf32(), from, 4);
      };
      VectorCode code(e, pool, leaf);
      Value o = code.get(plan.form.output), to = e.at(out, columnBytes);
      if (mask)
        e.storeMasked(o, to, mask);
      else
        e.store(o, to, 4);
      for (auto [number, write] : llvm::enumerate(plan.form.writes)) {
        if (plan.states[write.state].isColumn)
          continue;
        Value x = code.get(write.value);
        if (mask)
          x = e.select(mask, x, e.constant(e.vf32(), 0.0));
        e.store(x, e.at(e.at(writes, inBlock), int64_t(256 * number)), 64);
      }
    });
  });
}

} // namespace braid::cpu
