// SPDX-License-Identifier: Apache-2.0
/// \file
/// The recurrence kernel. A task is a head, or one block of columns of a head where heads are few. It takes tokens in
/// blocks as long as they last, then one by one, and blocks in pieces: keys and scalars of all, then column by column
/// block after block. Between two sweeps lie what tokens write and their outputs; a sweep updates the state for a block
/// of tokens and reads from it for the next one.
#include "compiler/targets/cpu/kernels/Recurrence.h"

#include "compiler/targets/cpu/RecurrenceSchedule.h"
#include "compiler/targets/cpu/kernels/CacheElement.h"
#include "compiler/targets/cpu/kernels/RecurrencePlan.h"
#include "compiler/targets/cpu/kernels/RecurrenceRows.h"
#include "compiler/targets/cpu/kernels/TileRows.h"

using namespace mlir;
using namespace braid::derive;
namespace braid::cpu {

int64_t Recurrence::stateNumbers() const {
  int64_t numbers = 0;
  for (unsigned state = 0; state < form->decays.size(); ++state)
    numbers += heads * paddedK() * (form->isColumn(state) ? 1 : paddedV());
  return numbers;
}

int64_t Recurrence::stateOffset(unsigned state, int64_t head, int64_t k, int64_t v) const {
  const int64_t bytes = isNarrow ? 2 : 4;
  int64_t offset = 0;
  for (unsigned before = 0; before < state; ++before)
    offset += bytes * heads * paddedK() * (form->isColumn(before) ? 1 : paddedV());
  if (form->isColumn(state))
    return offset + bytes * (head * paddedK() + k);
  int64_t block = v / kRecurrenceColumns, width = std::min(kRecurrenceColumns, paddedV() - block * kRecurrenceColumns);
  return offset + bytes * (head * paddedK() * paddedV() + block * kRecurrenceColumns * paddedK() + k * width +
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

/// Tokens of a call, or of the longest piece with the block after it; a multiple of 16, as frames want it.
static int64_t pieceRows(ArrayRef<RecurrencePlan> plans) {
  int64_t most = 0;
  for (const RecurrencePlan &plan : plans)
    most = std::max(most, plan.slots() * plan.tokens());
  return llvm::alignTo(most, 16);
}
/// Bytes of a task's frame of one piece, and of the frames of all heads and tokens in front of the tasks' scratch, which
/// are used where several tasks share a head.
static int64_t pieceBytes(const Recurrence &spec, ArrayRef<RecurrencePlan> plans, int64_t rows) {
  return spec.rows ? frameRowBytes(*spec.rows, spec.heads) * std::min<int64_t>(llvm::alignTo(rows, 16), pieceRows(plans)) : 0;
}
static int64_t frameBytes(const Recurrence &spec, int64_t rows) {
  return spec.rows ? frameRowBytes(*spec.rows, spec.heads) * spec.heads * llvm::alignTo(rows, 16) : 0;
}
/// Narrow states have room in front of the scratch where calls of several tokens keep them wide.
static int64_t wideBytes(const Recurrence &spec) { return spec.isNarrow ? 4 * spec.stateNumbers() : 0; }

int64_t Recurrence::scratchBytes(const Isa &isa, int64_t rows) const {
  int64_t bytes = 0, tasks = 0;
  for (const RecurrencePlan &plan : plansOf(*this, isa)) {
    int64_t slots = std::min(rows / plan.tokens(), plan.slots());
    bytes = std::max(bytes, plan.taskBytes() + slots * plan.slotBytes());
    tasks = heads * (plan.hasColumns() ? 1 : plan.blocks());
  }
  bytes += pieceBytes(*this, plansOf(*this, isa), rows);
  return wideBytes(*this) + frameBytes(*this, rows) + tasks * bytes;
}

namespace {

constexpr int64_t kRowsPerTask = 16; ///< around a recurrence, where a head is shared

class RecurrenceEmitter {
public:
  RecurrenceEmitter(Emit &e, const Isa &isa, const Recurrence &spec)
      : e(e), spec(spec), plans(plansOf(spec, isa)), narrowStep(spec, isa, 1, /*isNarrow=*/true) {}

  LLVM::LLVMFuncOp run() {
    for (const RecurrencePlan &plan : plans)
      prepare.push_back(emitPrepareBlock(e, plan));
    if (spec.rows)
      around.emplace(e, spec);
    const RecurrencePlan &plan = plans.front();
    Type p = e.ptr();
    SmallVector<Type> params{p, e.getI64Type()};
    const size_t rowPointerCount = spec.rows ? HeadRows::pointerCount(*spec.rows) : 0;
    params.append(plan.argCount() + 3 + rowPointerCount, p);
    return e.function(spec.name, params, [&](ValueRange v) {
      ValueRange rowPointers = v.take_back(rowPointerCount);
      v = v.drop_back(rowPointerCount);
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
      if (spec.isNarrow) // wide states lie in front of the scratch of everything else
        shared[3] = e.at(shared[3], wideBytes(spec));
      llvm::append_range(shared, args);
      llvm::append_range(shared, rowPointers);
      // What several tasks need of a head is computed before them, and what needs all of a head after them.
      Value shareHeads = e.less(e.i64(1), parts);
      if (around)
        e.ifThen(shareHeads, [&] { rowsApart(v[0], ".before", shared, /*isAfter=*/false); });
      e.parallel(spec.name + ".heads", v[0], e.mul(parts, e.i64(spec.heads)), shared,
                 [&](ValueRange shared, Value index) { task(shared, index); });
      if (around)
        e.ifThen(shareHeads, [&] { rowsApart(v[0], ".after", shared, /*isAfter=*/true); });
    });
  }

private:
  /// Everything before or after the recurrence, in fork-joins of its own; states end as they are after the call.
  void rowsApart(Value call, StringRef name, ValueRange shared, bool isAfter) {
    Value chunks = e.ceilDiv(shared[0], kRowsPerTask);
    e.parallel(spec.name + name.str(), call, e.mul(chunks, e.i64(spec.heads)), shared, [&](ValueRange shared, Value index) {
      unpack(shared);
      head = e.rem(index, e.i64(spec.heads));
      Value begin = e.mul(e.div(index, e.i64(spec.heads)), e.i64(kRowsPerTask));
      Value end = e.min(shared[0], e.add(begin, e.i64(kRowsPerTask)));
      frameRows = alignedRows(shared[0]);
      frame = e.at(shared[3], e.mul(head, around->frameBytes(frameRows)));
      if (!isAfter)
        return around->before(rowPointers, head, begin, end, around->arguments(args, frame, frameRows, e.i64(0)));
      around->after(rowPointers, head, begin, end, around->result(out, frame, frameRows, e.i64(0)), out);
      Value isFirst = e.less(begin, e.i64(1)), rows = shared[0];
      e.ifThen(isFirst, [&] { around->advance(rowPointers, head, rows); });
    });
  }

  Value alignedRows(Value rows) { return e.mul(e.ceilDiv(rows, 16), e.i64(16)); }

  void unpack(ValueRange shared) {
    state = shared[2];
    out = shared[4];
    args = shared.drop_front(5).take_front(plans.front().argCount());
    rowPointers = shared.drop_front(5 + args.size());
    localArgs.assign(args.begin(), args.end());
    localOut = out;
  }

  void task(ValueRange shared, Value index) {
    Value rows = shared[0], parts = shared[1];
    unpack(shared);
    head = e.div(index, parts);
    Value blocksEach = e.div(e.i64(plans.front().blocks()), parts);
    firstBlock = e.mul(e.rem(index, parts), blocksEach);
    lastBlock = e.add(firstBlock, blocksEach);
    Value bytes = e.i64(0);
    for (const RecurrencePlan &plan : plans) {
      Value slots = e.min(e.div(rows, e.i64(plan.tokens())), e.i64(plan.slots()));
      bytes = e.max(bytes, e.add(e.i64(plan.taskBytes()), e.mul(slots, e.i64(plan.slotBytes()))));
    }
    scratch = shared[3];
    if (around) {
      ownsHead = e.less(parts, e.i64(2));
      Value all = alignedRows(rows), piece = e.min(all, e.i64(pieceRows(plans)));
      Value frames = e.mul(around->frameBytes(all), e.i64(spec.heads));
      bytes = e.add(bytes, around->frameBytes(piece));
      Value own = e.at(e.at(scratch, frames), e.mul(index, bytes));
      frame = e.select(ownsHead, own, e.at(scratch, e.mul(head, around->frameBytes(all))));
      frameRows = e.select(ownsHead, piece, all);
      scratch = e.at(own, around->frameBytes(piece));
    } else {
      scratch = e.at(scratch, e.mul(index, bytes));
    }
    takeStates(shared[2], shared[3], rows);
    if (around)
      e.ifThen(ownsHead, [&] { around->advance(rowPointers, head, rows); });
  }

  /// Takes all tokens of the call; narrow states are widened in front of the scratch, but for a call of one token.
  void takeStates(Value states, Value scratchStart, Value rows) {
    if (!spec.isNarrow)
      return takeAll(rows);
    auto takeWide = [&] {
      state = e.at(scratchStart, -wideBytes(spec));
      copyStates(states, Copy::Widen);
      takeAll(rows);
      copyStates(states, Copy::Narrow);
    };
    if (narrowStep.hasColumns())
      return takeWide();
    e.ifThen(e.less(e.i64(1), rows), takeWide, [&] {
      state = states;
      takeRun(narrowStep, prepare.back(), e.i64(0), e.i64(1));
    });
  }

  enum class Copy { Widen, Narrow };
  /// Copies what the task has of the states between narrow memory and `state`.
  void copyStates(Value narrow, Copy direction) {
    const RecurrencePlan &plan = plans.front();
    for (const RecurrencePlan::State &which : plan.states) {
      Value begin = e.add(e.i64(which.offset / 4), e.mul(head, e.i64(plan.headBytes(which) / 4))), numbers = e.i64(spec.paddedK());
      if (!which.isColumn) {
        Value from = e.mul(firstBlock, e.i64(kRecurrenceColumns));
        Value to = e.min(e.mul(lastBlock, e.i64(kRecurrenceColumns)), e.i64(spec.paddedV()));
        begin = e.add(begin, e.mul(from, e.i64(spec.paddedK())));
        numbers = e.mul(e.sub(to, from), e.i64(spec.paddedK()));
      }
      e.loop(begin, e.add(begin, numbers), e.i64(16), [&](Value number) {
        Value wideAt = e.at(state, e.mul(number, e.i64(4))), narrowAt = e.at(narrow, e.mul(number, e.i64(2)));
        if (direction == Copy::Widen)
          e.store(emitFromBf16(e, narrowAt), wideAt, 64);
        else
          e.store(emitToCache(e, Codes::BF16, e.load(e.vf32(), wideAt, 64)), narrowAt, 32);
      });
    }
  }

  /// Takes all tokens of the call: as many as there are in blocks, then the others.
  void takeAll(Value rows) {
    Value begin = e.i64(0);
    for (auto [plan, prepare] : llvm::zip(plans, prepare)) {
      Value tokens = e.i64(plan.tokens()), end = e.add(begin, e.mul(e.div(e.sub(rows, begin), tokens), tokens));
      e.ifThen(e.less(begin, end), [&] { takeRun(plan, prepare, begin, end); });
      begin = end;
    }
  }

  /// Finds arguments and result from now on as a frame has them whose first token is `first`, if it is the task's own.
  void bind(Value first) {
    if (!around)
      return;
    Value from = e.select(ownsHead, first, e.i64(0));
    localArgs = around->arguments(args, frame, frameRows, from);
    localOut = around->result(out, frame, frameRows, from);
  }

  void computeArguments(Value begin, Value end) {
    if (around)
      e.ifThen(ownsHead, [&] { around->before(rowPointers, head, begin, end, localArgs); });
  }

  /// Takes the tokens [begin, end), a multiple of a block.
  void takeRun(const RecurrencePlan &plan, LLVM::LLVMFuncOp prepare, Value begin, Value end) {
    auto prepareBlock = [&](Value token) {
      Value slot = e.rem(e.div(e.sub(token, begin), e.i64(plan.tokens())), e.i64(plan.slots()));
      Value at = e.at(scratch, e.add(e.mul(slot, e.i64(plan.slotBytes())), e.i64(plan.taskBytes())));
      SmallVector<Value> operands{token, head, at, state};
      llvm::append_range(operands, localArgs);
      e.call(prepare, operands);
    };
    // The keys of one more block than the piece has: its last sweep reads for the block after it.
    Value each = e.i64(plan.tokens()), tokens = e.i64(plan.tokens() * (plan.slots() - 1));
    bind(begin);
    computeArguments(begin, e.add(begin, each));
    prepareBlock(begin);
    e.loop(begin, end, tokens, [&](Value piece) {
      Value last = e.min(end, e.add(piece, tokens));
      bind(piece);
      if (around)
        e.ifThen(arith::AndIOp::create(e, ownsHead, e.less(begin, piece)),
                 [&] { around->moveToFront(frame, frameRows, tokens, plan.tokens()); });
      computeArguments(e.add(piece, each), e.min(end, e.add(last, each)));
      e.loop(e.add(piece, each), e.min(end, e.add(last, each)), each, prepareBlock);
      e.loop(firstBlock, lastBlock, e.i64(1), [&](Value block) { takeColumns(plan, begin, piece, last, end, block); });
      if (around)
        e.ifThen(ownsHead, [&] { around->after(rowPointers, head, piece, last, localOut, out); });
    });
  }

  void takeColumns(const RecurrencePlan &plan, Value begin, Value piece, Value last, Value end, Value block) {
    SmallVector<int> widths;
    for (int width = *recurrenceVectors(plan.isa, plan.form, plan.tokens()); width; width /= 2)
      widths.push_back(width);
    Value left = e.sub(e.i64(spec.paddedV() / 16), e.mul(block, e.i64(kRecurrenceColumns / 16)));
    Value vectors = e.min(left, e.i64(kRecurrenceColumns / 16)), rowBytes = e.mul(vectors, e.i64(plan.vectorBytes()));
    Value base = e.at(state, e.mul(block, e.i64(plan.vectorBytes() / 16 * kRecurrenceColumns * spec.paddedK())));
    Value reads = e.at(scratch, e.mul(block, e.i64(plan.readBytes()))), slots = e.at(scratch, plan.taskBytes());
    forRowTiles(e, widths, vectors, [&](Value first, int count) {
      Value bytes = e.mul(first, e.i64(64));
      Value column = e.add(e.mul(block, e.i64(kRecurrenceColumns)), e.mul(first, e.i64(16)));
      Value at = e.at(base, e.mul(first, e.i64(plan.vectorBytes())));
      SmallVector<Value> operands{begin,    piece, last,          end, head, column, at,
                                  rowBytes, slots, e.at(reads, bytes), localOut};
      llvm::append_range(operands, localArgs);
      e.call(emitBlocks(e, plan, count), operands);
    });
  }

  Emit &e;
  const Recurrence &spec;
  std::vector<RecurrencePlan> plans;
  RecurrencePlan narrowStep; ///< a call of one token on narrow states
  std::vector<LLVM::LLVMFuncOp> prepare; ///< of each plan
  Value state, out, head, firstBlock, lastBlock, scratch;
  ValueRange args;
  // Where arguments and the result of the head lie; the call's own without rows around.
  std::optional<HeadRows> around;
  ValueRange rowPointers;
  Value ownsHead, frame, frameRows;
  SmallVector<Value> localArgs;
  Value localOut;
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
