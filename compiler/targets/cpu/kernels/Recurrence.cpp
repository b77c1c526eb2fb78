// SPDX-License-Identifier: Apache-2.0
/// \file
/// The recurrence kernel. A task is a head, or one block of columns of a head where heads are few. It takes tokens in
/// pieces: keys and scalars of all, then block by block token after token. Between two sweeps lie what a token writes
/// and its output; a sweep updates the state for that token and reads from it for the next one.
#include "compiler/targets/cpu/kernels/Recurrence.h"

#include "compiler/targets/cpu/RecurrenceSchedule.h"
#include "compiler/targets/cpu/kernels/RecurrencePlan.h"
#include "compiler/targets/cpu/kernels/TileRows.h"

using namespace mlir;
using namespace braid::derive;
namespace braid::cpu {

int64_t Recurrence::stateBytes() const {
  int64_t bytes = 0;
  for (unsigned state = 0; state < form->decays.size(); ++state)
    bytes += 4 * heads * paddedK() * (form->isColumn(state) ? 1 : paddedV());
  return bytes;
}

int64_t Recurrence::stateOffset(unsigned state, int64_t head, int64_t k, int64_t v) const {
  int64_t offset = 0;
  for (unsigned before = 0; before < state; ++before)
    offset += 4 * heads * paddedK() * (form->isColumn(before) ? 1 : paddedV());
  if (form->isColumn(state))
    return offset + 4 * (head * paddedK() + k);
  int64_t block = v / kRecurrenceColumns, width = std::min(kRecurrenceColumns, paddedV() - block * kRecurrenceColumns);
  return offset + 4 * (head * paddedK() * paddedV() + block * kRecurrenceColumns * paddedK() + k * width +
                       v % kRecurrenceColumns);
}

int64_t Recurrence::scratchBytes(const Isa &isa, int64_t rows) const {
  RecurrencePlan plan(*this, isa);
  int64_t slots = std::min(rows, recurrenceScheduleFor(isa).slots);
  return heads * (plan.hasColumns() ? 1 : plan.blocks()) * (plan.taskBytes() + slots * plan.slotBytes());
}

namespace {

class RecurrenceEmitter {
public:
  RecurrenceEmitter(Emit &e, const RecurrencePlan &plan) : e(e), plan(plan), spec(plan.spec) {}

  LLVM::LLVMFuncOp run() {
    prepare = emitPrepareToken(e, plan);
    Type p = e.ptr();
    SmallVector<Type> params{p, e.getI64Type()};
    params.append(plan.argCount() + 3, p);
    return e.function(spec.name, params, [&](ValueRange v) {
      ValueRange args = v.drop_front(2).drop_back(3);
      // Few heads are shared by threads block by block, at the price of preparing keys for each block. Columns are
      // taken along by preparing, so that one task must do it.
      Value threads = e.field(v[0], Emit::Field::Threads);
      Value fewHeads = e.less(e.i64(spec.heads), e.mul(threads, e.i64(2)));
      Value parts = e.select(e.less(e.i64(1), threads), e.select(fewHeads, e.i64(plan.blocks()), e.i64(1)), e.i64(1));
      if (plan.hasColumns())
        parts = e.i64(1);
      SmallVector<Value> shared{v[1], parts};
      llvm::append_range(shared, v.take_back(3));
      llvm::append_range(shared, args);
      e.parallel(spec.name + ".heads", v[0], e.mul(parts, e.i64(spec.heads)), shared,
                 [&](ValueRange shared, Value index) { task(shared, index); });
    });
  }

private:
  void task(ValueRange shared, Value index) {
    Value rows = shared[0], parts = shared[1];
    state = shared[2];
    out = shared[4];
    args = shared.drop_front(5);
    head = e.div(index, parts);
    Value blocksEach = e.div(e.i64(plan.blocks()), parts);
    Value firstBlock = e.mul(e.rem(index, parts), blocksEach), lastBlock = e.add(firstBlock, blocksEach);
    const int64_t slotCount = recurrenceScheduleFor(plan.isa).slots;
    Value taskBytes = e.add(e.i64(plan.taskBytes()), e.mul(e.min(rows, e.i64(slotCount)), e.i64(plan.slotBytes())));
    Value scratch = e.at(shared[3], e.mul(index, taskBytes));
    slots = e.at(scratch, plan.taskBytes());

    // The keys of one more token than the piece has: its last sweep reads for the token after it.
    prepareToken(e.i64(0), rows);
    e.loop(e.i64(0), rows, e.i64(slotCount - 1), [&](Value piece) {
      Value end = e.min(rows, e.add(piece, e.i64(slotCount - 1)));
      e.loop(e.add(piece, e.i64(1)), e.min(rows, e.add(end, e.i64(1))), e.i64(1), [&](Value t) { prepareToken(t, rows); });
      e.loop(firstBlock, lastBlock, e.i64(1), [&](Value block) {
        Value reads = e.at(scratch, e.mul(block, e.i64(plan.readBytes())));
        takeTokens(piece, end, rows, block, reads);
      });
    });
  }

  Value slotOf(Value token) {
    Value slot = e.rem(token, e.i64(recurrenceScheduleFor(plan.isa).slots));
    return e.at(slots, e.mul(slot, e.i64(plan.slotBytes())));
  }
  Value vectorsOf(Value block) {
    Value left = e.sub(e.i64(spec.paddedV() / 16), e.mul(block, e.i64(kRecurrenceColumns / 16)));
    return e.min(left, e.i64(kRecurrenceColumns / 16));
  }

  void prepareToken(Value token, Value rows) {
    SmallVector<Value> operands{token, rows, head, slotOf(token), state};
    llvm::append_range(operands, args);
    e.call(prepare, operands);
  }

  void takeTokens(Value piece, Value end, Value rows, Value block, Value reads) {
    int widest = kRecurrenceColumns / 16;
    for (const RecurrencePlan::State &which : plan.states)
      if (!which.isColumn)
        widest = std::min(widest, recurrenceVectors(plan.isa, which.reads.size(), which.writes.size()));
    SmallVector<int> widths;
    for (int width = widest; width; width /= 2)
      widths.push_back(width);
    Value vectors = vectorsOf(block), rowBytes = e.mul(vectors, e.i64(64));
    Value base = e.at(state, e.mul(block, e.i64(4 * kRecurrenceColumns * spec.paddedK())));
    forRowTiles(e, widths, vectors, [&](Value first, int count) {
      Value bytes = e.mul(first, e.i64(64));
      Value column = e.add(e.mul(block, e.i64(kRecurrenceColumns)), e.mul(first, e.i64(16)));
      SmallVector<Value> operands{piece, end, rows, head, column, e.at(base, bytes), rowBytes, slots,
                                  e.at(reads, bytes), out};
      llvm::append_range(operands, args);
      e.call(emitTokens(e, plan, count), operands);
    });
  }

  Emit &e;
  const RecurrencePlan &plan;
  const Recurrence &spec;
  LLVM::LLVMFuncOp prepare;
  Value state, out, head, slots;
  ValueRange args;
};

} // namespace

llvm::Expected<LLVM::LLVMFuncOp> emitRecurrence(Emit &e, const Isa &isa, const Recurrence &spec) {
  auto error = [&](const Twine &text) { return llvm::createStringError("recurrence '" + spec.name + "': " + text); };
  if (!spec.form->hasScan())
    return error("expected a step with a normal form: " + spec.form->reason);
  if (spec.keyDim < 1 || spec.valueDim < 1 || spec.heads < 1)
    return error("expected positive sizes");
  attn::RecurrenceOp op = spec.form->op;
  if (!spec.argHeads.empty() && spec.argHeads.size() != op.getBody().getNumArguments())
    return error("expected heads for " + Twine(op.getBody().getNumArguments()) + " arguments, got " +
                 Twine(spec.argHeads.size()));
  for (auto [index, heads] : llvm::enumerate(spec.argHeads))
    if (index >= spec.form->decays.size() && (heads < 1 || spec.heads % heads))
      return error("expected '" + op.getArgName(index) + "' to have a divisor of " + Twine(spec.heads) +
                   " heads, got " + Twine(heads));
  return RecurrenceEmitter(e, RecurrencePlan(spec, isa)).run();
}

} // namespace braid::cpu
