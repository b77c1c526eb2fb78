// SPDX-License-Identifier: Apache-2.0
/// \file
/// Some columns of a state through the tokens of a piece. What is read and written stays in registers: a vector that is
/// loaded right after it was stored would wait for all stores to the state before it.
#include "compiler/targets/cpu/RecurrenceSchedule.h"
#include "compiler/targets/cpu/kernels/ExprCode.h"
#include "compiler/targets/cpu/kernels/RecurrencePlan.h"

using namespace mlir;
using namespace braid::derive;
namespace braid::cpu {

namespace {

enum class SweepMode { Read, Update, UpdateAndRead };

/// Of each read or write: its vectors.
using Vectors = SmallVector<SmallVector<Value>>;

class TokenLoop {
public:
  TokenLoop(Emit &e, const RecurrencePlan &plan, int vectors, ValueRange v)
      : e(e), plan(plan), vectors(vectors), first(v[0]), end(v[1]), rows(v[2]), head(v[3]), column(v[4]), state(v[5]),
        rowBytes(v[6]), slots(v[7]), readsAt(v[8]), out(v[9]), args(v.drop_front(10)) {}

  void run() {
    e.ifThen(e.less(first, e.i64(1)), [&] { storeReads(sweep(SweepMode::Read, e.i64(0), {})); });
    Value last = e.min(end, e.sub(rows, e.i64(1)));
    SmallVector<Value> carried = e.loop(first, last, e.i64(1), loadReads(), [&](Value token, ValueRange reads) {
      return flat(sweep(SweepMode::UpdateAndRead, token, values(token, split(reads))));
    });
    e.ifThen(
        e.less(last, end), [&] { sweep(SweepMode::Update, last, values(last, split(carried))); },
        [&] { storeReads(split(carried)); });
  }

private:
  Vectors split(ValueRange flat) {
    Vectors result;
    for (; !flat.empty(); flat = flat.drop_front(vectors))
      result.emplace_back(flat.take_front(vectors));
    return result;
  }
  static SmallVector<Value> flat(const Vectors &vectors) {
    SmallVector<Value> result;
    for (const SmallVector<Value> &each : vectors)
      llvm::append_range(result, each);
    return result;
  }
  Value readAt(unsigned read, int j) { return e.at(readsAt, int64_t(256 * read + 64 * j)); }
  SmallVector<Value> loadReads() {
    SmallVector<Value> result;
    for (unsigned read = 0; read < plan.form.reads.size(); ++read)
      for (int j = 0; j < vectors; ++j)
        result.push_back(e.load(e.vf32(), readAt(read, j), 64));
    return result;
  }
  void storeReads(const Vectors &reads) {
    for (auto [read, each] : llvm::enumerate(reads))
      for (int j = 0; j < vectors; ++j)
        e.store(each[j], readAt(read, j), 64);
  }
  Value slotOf(Value token) {
    Value slot = e.rem(token, e.i64(recurrenceScheduleFor(plan.isa).slots));
    return e.at(slots, e.mul(slot, e.i64(plan.slotBytes())));
  }

  /// Stores a token's output; gives what it writes.
  Vectors values(Value token, const Vectors &reads) {
    const ExprPool &pool = plan.form.pool;
    const int64_t V = plan.spec.valueDim;
    Vectors written(plan.form.writes.size());
    Value slot = slotOf(token), row = e.add(e.mul(token, e.i64(plan.spec.heads)), head);
    Value outRow = e.at(out, e.mul(row, e.i64(4 * V)));
    for (int j = 0; j < vectors; ++j) {
      Value from = e.add(column, e.i64(16 * j)), offset = e.mul(from, e.i64(4));
      Value mask = V % 16 ? e.tailMask(e.sub(e.i64(V), from)) : Value();
      auto leaf = [&](ExprId id) -> Value {
        const Expr &expr = pool[id];
        if (expr.width == Width::Scalar) {
          unsigned number = llvm::find(plan.scalars, id) - plan.scalars.begin();
          return e.splat(e.load(e.getF32Type(), e.at(slot, plan.scalarOffset(number)), 4));
        }
        if (expr.kind == ExprKind::Read)
          return reads[expr.index][j];
        Value at = e.at(plan.argRow(e, args, expr.index, token, head), offset);
        return mask ? e.loadMasked(e.vf32(), at, mask) : e.load(e.vf32(), at, 4);
      };
      VectorCode code(e, pool, leaf);
      Value o = code.get(plan.form.output), to = e.at(outRow, offset);
      if (mask)
        e.storeMasked(o, to, mask);
      else
        e.store(o, to, 4);
      for (auto [number, write] : llvm::enumerate(plan.form.writes)) {
        if (plan.states[write.state].isColumn)
          continue;
        Value x = code.get(write.value);
        written[number].push_back(mask ? e.select(mask, x, e.constant(e.vf32(), 0.0)) : x);
      }
    }
    return written;
  }

  /// One pass over all rows of each state: updates them for a token, and reads for the next one (Read: for this one).
  Vectors sweep(SweepMode mode, Value token, const Vectors &written) {
    Value now = slotOf(token), next = mode == SweepMode::Read ? now : slotOf(e.add(token, e.i64(1)));
    Vectors result(plan.form.reads.size(), SmallVector<Value>(vectors, e.constant(e.vf32(), 0.0)));
    for (const RecurrencePlan::State &which : plan.states) {
      if (which.isColumn || (mode == SweepMode::Read && which.reads.empty()))
        continue;
      Vectors sums = split(sweepRows(mode, which, now, next, written));
      for (auto [read, each] : llvm::zip(which.reads, sums))
        result[read] = each;
    }
    return result;
  }

  SmallVector<Value> sweepRows(SweepMode mode, const RecurrencePlan::State &which, Value now, Value next,
                               const Vectors &written) {
    const bool updates = mode != SweepMode::Read;
    SmallVector<unsigned> reads;
    if (mode != SweepMode::Update)
      reads = which.reads;
    const int64_t unroll = recurrenceScheduleFor(plan.isa).unrolledRows;
    Value base = e.at(state, e.add(e.i64(which.offset), e.mul(head, e.i64(plan.headBytes(which)))));
    SmallVector<Value> zeros(reads.size() * vectors, e.constant(e.vf32(), 0.0));
    return e.loop(e.i64(0), e.i64(plan.spec.paddedK()), e.i64(unroll), zeros, [&](Value first, ValueRange carried) {
      SmallVector<Value> sums(carried);
      Value keyBytes = e.mul(first, e.i64(4)), row = e.at(base, e.mul(first, rowBytes));
      for (int64_t u = 0; u < unroll; ++u, row = e.at(row, rowBytes)) {
        auto factor = [&](Value slot, int64_t offset) {
          return e.splat(e.load(e.getF32Type(), e.at(slot, offset), 4));
        };
        auto ofKey = [&](Value slot, unsigned key) {
          return factor(e.at(slot, keyBytes), plan.keyOffset(key) + 4 * u);
        };
        Value decay;
        SmallVector<Value> ofWrites, ofReads;
        if (updates && which.decayKey)
          decay = ofKey(now, *which.decayKey);
        else if (updates && which.decayScalar)
          decay = factor(now, plan.scalarOffset(*which.decayScalar));
        for (unsigned write : which.writes)
          if (updates)
            ofWrites.push_back(ofKey(now, plan.writeKeys[write]));
        for (unsigned read : reads)
          ofReads.push_back(ofKey(next, plan.readKeys[read]));
        for (int j = 0; j < vectors; ++j) {
          Value at = e.at(row, int64_t(64 * j)), x = e.load(e.vf32(), at, 64);
          if (decay)
            x = e.mul(x, decay);
          for (auto [write, key] : llvm::zip(which.writes, ofWrites))
            x = e.fma(key, written[write][j], x);
          if (updates)
            e.store(x, at, 64);
          for (auto [number, key] : llvm::enumerate(ofReads))
            sums[number * vectors + j] = e.fma(key, x, sums[number * vectors + j]);
        }
      }
      return sums;
    });
  }

  Emit &e;
  const RecurrencePlan &plan;
  int vectors;
  Value first, end, rows, head, column, state, rowBytes, slots, readsAt, out;
  ValueRange args;
};

} // namespace

LLVM::LLVMFuncOp emitTokens(Emit &e, const RecurrencePlan &plan, int vectors) {
  std::string name = plan.spec.name + ".tokens" + std::to_string(vectors);
  if (auto known = e.module().lookupSymbol<LLVM::LLVMFuncOp>(name))
    return known;
  Type p = e.ptr(), i = e.getI64Type();
  SmallVector<Type> params{i, i, i, i, i, p, i, p, p, p};
  params.append(plan.argCount(), p);
  return e.function(name, params, [&](ValueRange v) { TokenLoop(e, plan, vectors, v).run(); });
}

} // namespace braid::cpu
