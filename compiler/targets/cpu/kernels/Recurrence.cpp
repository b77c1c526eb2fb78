// SPDX-License-Identifier: Apache-2.0
/// \file
/// The recurrence kernel. A task is a head, or one block of columns of a head where heads are few. It takes tokens in
/// blocks as long as they last, then one by one, and blocks in pieces: keys and scalars of all, then column by column
/// block after block. Between two sweeps lie what tokens write and their outputs; a sweep updates the state for a block
/// of tokens and reads from it for the next one.
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

/// The kernel's plans: blocks of tokens, then the tokens that are left.
static std::vector<RecurrencePlan> plansOf(const Recurrence &spec, const Isa &isa) {
  std::vector<RecurrencePlan> plans;
  if (unsigned tokens = recurrenceTokens(isa, *spec.form, spec.keyDim, spec.valueDim); tokens > 1)
    plans.emplace_back(spec, isa, tokens);
  plans.emplace_back(spec, isa, 1);
  return plans;
}

int64_t Recurrence::scratchBytes(const Isa &isa, int64_t rows) const {
  int64_t bytes = 0, tasks = 0;
  for (const RecurrencePlan &plan : plansOf(*this, isa)) {
    int64_t slots = std::min(rows / plan.tokens(), plan.slots());
    bytes = std::max(bytes, plan.taskBytes() + slots * plan.slotBytes());
    tasks = heads * (plan.hasColumns() ? 1 : plan.blocks());
  }
  return tasks * bytes;
}

namespace {

class RecurrenceEmitter {
public:
  RecurrenceEmitter(Emit &e, const Isa &isa, const Recurrence &spec) : e(e), spec(spec), plans(plansOf(spec, isa)) {}

  LLVM::LLVMFuncOp run() {
    for (const RecurrencePlan &plan : plans)
      prepare.push_back(emitPrepareBlock(e, plan));
    const RecurrencePlan &plan = plans.front();
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
    Value blocksEach = e.div(e.i64(plans.front().blocks()), parts);
    firstBlock = e.mul(e.rem(index, parts), blocksEach);
    lastBlock = e.add(firstBlock, blocksEach);
    Value bytes = e.i64(0);
    for (const RecurrencePlan &plan : plans) {
      Value slots = e.min(e.div(rows, e.i64(plan.tokens())), e.i64(plan.slots()));
      bytes = e.max(bytes, e.add(e.i64(plan.taskBytes()), e.mul(slots, e.i64(plan.slotBytes()))));
    }
    scratch = e.at(shared[3], e.mul(index, bytes));
    Value begin = e.i64(0);
    for (auto [plan, prepare] : llvm::zip(plans, prepare)) {
      Value tokens = e.i64(plan.tokens()), end = e.add(begin, e.mul(e.div(e.sub(rows, begin), tokens), tokens));
      e.ifThen(e.less(begin, end), [&] { takeRun(plan, prepare, begin, end); });
      begin = end;
    }
  }

  /// Takes the tokens [begin, end), a multiple of a block.
  void takeRun(const RecurrencePlan &plan, LLVM::LLVMFuncOp prepare, Value begin, Value end) {
    auto prepareBlock = [&](Value token) {
      Value slot = e.rem(e.div(e.sub(token, begin), e.i64(plan.tokens())), e.i64(plan.slots()));
      Value at = e.at(scratch, e.add(e.mul(slot, e.i64(plan.slotBytes())), e.i64(plan.taskBytes())));
      SmallVector<Value> operands{token, head, at, state};
      llvm::append_range(operands, args);
      e.call(prepare, operands);
    };
    // The keys of one more block than the piece has: its last sweep reads for the block after it.
    Value each = e.i64(plan.tokens()), tokens = e.i64(plan.tokens() * (plan.slots() - 1));
    prepareBlock(begin);
    e.loop(begin, end, tokens, [&](Value piece) {
      Value last = e.min(end, e.add(piece, tokens));
      e.loop(e.add(piece, each), e.min(end, e.add(last, each)), each, prepareBlock);
      e.loop(firstBlock, lastBlock, e.i64(1), [&](Value block) { takeColumns(plan, begin, piece, last, end, block); });
    });
  }

  void takeColumns(const RecurrencePlan &plan, Value begin, Value piece, Value last, Value end, Value block) {
    SmallVector<int> widths;
    for (int width = *recurrenceVectors(plan.isa, plan.form, plan.tokens()); width; width /= 2)
      widths.push_back(width);
    Value left = e.sub(e.i64(spec.paddedV() / 16), e.mul(block, e.i64(kRecurrenceColumns / 16)));
    Value vectors = e.min(left, e.i64(kRecurrenceColumns / 16)), rowBytes = e.mul(vectors, e.i64(64));
    Value base = e.at(state, e.mul(block, e.i64(4 * kRecurrenceColumns * spec.paddedK())));
    Value reads = e.at(scratch, e.mul(block, e.i64(plan.readBytes()))), slots = e.at(scratch, plan.taskBytes());
    forRowTiles(e, widths, vectors, [&](Value first, int count) {
      Value bytes = e.mul(first, e.i64(64));
      Value column = e.add(e.mul(block, e.i64(kRecurrenceColumns)), e.mul(first, e.i64(16)));
      SmallVector<Value> operands{begin,    piece, last,          end, head, column, e.at(base, bytes),
                                  rowBytes, slots, e.at(reads, bytes), out};
      llvm::append_range(operands, args);
      e.call(emitBlocks(e, plan, count), operands);
    });
  }

  Emit &e;
  const Recurrence &spec;
  std::vector<RecurrencePlan> plans;
  std::vector<LLVM::LLVMFuncOp> prepare; ///< of each plan
  Value state, out, head, firstBlock, lastBlock, scratch;
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
  return RecurrenceEmitter(e, isa, spec).run();
}

} // namespace braid::cpu
