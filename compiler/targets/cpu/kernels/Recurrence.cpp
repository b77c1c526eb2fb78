// SPDX-License-Identifier: Apache-2.0
/// \file
/// The recurrence kernel. A task is a group of heads that share what is computed before them; one head where groups are
/// few, or one block of columns of a head where heads are. It takes tokens in blocks as long as they last, then one by
/// one, and blocks in pieces: of each piece what the group shares, then head after head keys and scalars of all its
/// blocks, then column by column block after block. Between two sweeps lie what tokens write and their outputs; a sweep
/// updates the state for a block of tokens and reads from it for the next one.
#include "compiler/targets/cpu/kernels/Recurrence.h"

#include "compiler/targets/cpu/RecurrenceSchedule.h"
#include "compiler/targets/cpu/kernels/CacheElement.h"
#include "compiler/targets/cpu/kernels/RecurrenceHeads.h"
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

int64_t Recurrence::groups() const { return rows ? rows->groups : heads; }

int64_t Recurrence::stateOffset(unsigned state, int64_t head, int64_t k, int64_t v) const {
  const int64_t bytes = isNarrow ? 2 : 4;
  int64_t offset = 0;
  for (unsigned before = 0; before < state; ++before)
    offset += bytes * heads * paddedK() * (form->isColumn(before) ? 1 : paddedV());
  if (form->isColumn(state))
    return offset + bytes * (head * paddedK() + k);
  int64_t block = v / kStateColumns;
  return offset + bytes * (head * paddedK() * paddedV() + (block * paddedK() + k) * kStateColumns + v % kStateColumns);
}

/// The kernel's plans: blocks of tokens, then the tokens that are left.
static std::vector<RecurrencePlan> plansOf(const Recurrence &spec, const Isa &isa) {
  std::vector<RecurrencePlan> plans;
  if (unsigned tokens = recurrenceTokens(isa, *spec.form, spec.keyDim, spec.valueDim); tokens > 1)
    plans.emplace_back(spec, isa, tokens);
  plans.emplace_back(spec, isa, 1);
  return plans;
}

/// Narrow states have room in front of the scratch where calls of several tokens keep them wide.
static int64_t wideBytes(const Recurrence &spec) { return spec.isNarrow ? 4 * spec.stateNumbers() : 0; }

int64_t Recurrence::scratchBytes(const Isa &isa, int64_t rows) const {
  return wideBytes(*this) + RecurrenceHeads::scratchBytes(*this, plansOf(*this, isa), rows);
}

namespace {

constexpr int64_t kRowsPerTask = 16; ///< around a recurrence, where it runs apart

class RecurrenceEmitter {
public:
  RecurrenceEmitter(Emit &e, const Isa &isa, const Recurrence &spec)
      : e(e), spec(spec), plans(plansOf(spec, isa)), narrowStep(spec, isa, 1, /*isNarrow=*/true),
        own(e, spec, plans) {}

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
      // Few groups are shared by threads head by head: theirs is computed before, in a fork-join that costs less than
      // shares of unlike sizes. Few heads are shared block by block, at the price of preparing keys for each block.
      // Columns are taken along by preparing, so that one task must do it.
      Value threads = e.field(v[0], Emit::Field::Threads), one = e.i64(1);
      auto areFew = [&](int64_t owners, int64_t perThread) {
        return arith::AndIOp::create(e, e.less(one, threads), e.less(e.i64(owners), e.mul(threads, e.i64(perThread))));
      };
      Value apart = areFew(spec.groups(), 4), heads = one, blocks = one;
      if (own.groupBytes() > recurrenceScheduleFor(plan.isa).groupBytes)
        apart = arith::OrIOp::create(e, apart, e.less(one, v[1]));
      if (own.areGrouped())
        heads = e.select(apart, e.i64(spec.headsOfGroup()), one);
      if (!plan.hasColumns())
        blocks = e.select(areFew(spec.heads, 2), e.i64(plan.blocks()), one);
      SmallVector<Value> shared{v[1], heads, blocks};
      llvm::append_range(shared, v.take_back(3));
      if (spec.isNarrow) // wide states lie in front of the scratch of everything else
        shared[4] = e.at(shared[4], wideBytes(spec));
      llvm::append_range(shared, args);
      llvm::append_range(shared, rowPointers);
      // What several tasks need is computed before them, and what needs all of a head after them.
      Value headsAreApart = e.less(one, blocks);
      if (around && spec.rows->before)
        e.ifThen(e.less(one, e.mul(heads, blocks)),
                 [&] { rowsApart(v[0], ".before", shared, [&](Value begin, Value end) { computeApart(begin, end); }); });
      e.parallel(spec.name + ".heads", v[0], e.mul(e.mul(heads, blocks), e.i64(spec.groups())), shared,
                 [&](ValueRange shared, Value index) { task(shared, index); });
      if (around && spec.rows->after)
        e.ifThen(headsAreApart, [&] {
          rowsApart(v[0], ".after", shared, [&](Value begin, Value end) { finish(begin, end, e.i64(0)); });
        });
    });
  }

private:
  void unpack(ValueRange shared) {
    own.begin(shared[0], shared[1], shared[2]);
    state = shared[3];
    out = shared[5];
    args = shared.drop_front(6).take_front(plans.front().argCount());
    rowPointers = shared.drop_front(6 + args.size());
    localArgs.assign(args.begin(), args.end());
    localOut = out;
  }

  /// What several tasks need or have computed of groups and heads, some rows at a time, in a fork-join of its own.
  void rowsApart(Value call, StringRef name, ValueRange shared, llvm::function_ref<void(Value begin, Value end)> body) {
    own.begin(shared[0], shared[1], shared[2]);
    Value count = e.mul(e.ceilDiv(own.rows, kRowsPerTask), own.unitCount());
    e.parallel(spec.name + name.str(), call, count, shared, [&](ValueRange shared, Value index) {
      unpack(shared);
      Value units = own.unitCount(), begin = e.mul(e.div(index, units), e.i64(kRowsPerTask));
      own.takeUnit(e.rem(index, units), shared[4]);
      body(begin, e.min(own.rows, e.add(begin, e.i64(kRowsPerTask))));
    });
  }
  void computeApart(Value begin, Value end) {
    Value isFirst = e.less(own.member, e.i64(1)), zero = e.i64(0);
    e.ifThen(own.ownsGroup, [] {}, [&] { e.ifThen(isFirst, [&] { computeOfGroup(zero, begin, end); }); });
    e.ifThen(own.ownsHead, [] {}, [&] { computeOfHead(zero, begin, end); });
  }

  /// What comes after the head's recurrence.
  void finish(Value begin, Value end, Value first) {
    around->after(rowPointers, own.headUnit(), begin, end, own.rows, own.headFrame(first), out);
  }

  void task(ValueRange shared, Value index) {
    unpack(shared);
    Value part = own.takeTask(index, shared[4]), blocksEach = e.div(e.i64(plans.front().blocks()), shared[2]);
    firstBlock = e.mul(part, blocksEach);
    lastBlock = e.add(firstBlock, blocksEach);
    takeStates(shared[3], shared[4]);
    if (!around)
      return;
    // Nobody looks back any more.
    Value isFirst = e.less(part, e.i64(1)), isFirstOfGroup = e.less(e.add(own.firstMember, part), e.i64(1));
    if (own.areGrouped())
      e.ifThen(isFirstOfGroup, [&] { around->advance(rowPointers, RowsOwner::Group, own.group, own.rows); });
    e.ifThen(isFirst, [&] {
      own.forEach([&] { around->advance(rowPointers, RowsOwner::Head, own.head, own.rows); });
    });
  }

  /// Takes all tokens of the call; narrow states are widened in front of the scratch, but for a call of one token.
  void takeStates(Value states, Value scratchStart) {
    if (!spec.isNarrow)
      return takeAll();
    auto takeWide = [&] {
      state = e.at(scratchStart, -wideBytes(spec));
      own.forEach([&] { copyStates(states, Copy::Widen); });
      takeAll();
      own.forEach([&] { copyStates(states, Copy::Narrow); });
    };
    if (narrowStep.hasColumns())
      return takeWide();
    e.ifThen(e.less(e.i64(1), own.rows), takeWide, [&] {
      state = states;
      takeStep(narrowStep);
    });
  }

  enum class Copy { Widen, Narrow };
  /// Copies what the task has of the head's states between narrow memory and `state`.
  void copyStates(Value narrow, Copy direction) {
    const RecurrencePlan &plan = plans.front();
    for (const RecurrencePlan::State &which : plan.states) {
      Value begin = e.add(e.i64(which.offset / 4), e.mul(own.head, e.i64(plan.headBytes(which) / 4))), numbers = e.i64(spec.paddedK());
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
          e.store(emitToBf16(e, plan.isa, e.load(e.vf32(), wideAt, 64)), narrowAt, 32);
      });
    }
  }

  /// Takes all tokens of the call: as many as there are in blocks, then the others.
  void takeAll() {
    e.ifThen(e.less(e.i64(1), own.rows), [&] { takeMany(); }, [&] { takeStep(plans.back()); });
  }
  void takeMany() {
    Value begin = e.i64(0);
    for (auto [plan, prepare] : llvm::zip(plans, prepare)) {
      Value tokens = e.i64(plan.tokens()), end = e.add(begin, e.mul(e.div(e.sub(own.rows, begin), tokens), tokens));
      e.ifThen(e.less(begin, end), [&] { takeRun(plan, prepare, begin, end); });
      begin = end;
    }
  }

  /// Finds the head's arguments and result from now on as frames have them that begin with token `first`.
  void bind(Value first) {
    if (!around)
      return;
    localArgs = around->arguments(args, own.groupFrame(first), own.headFrame(first));
    localOut = around->result(out, own.headFrame(first));
  }

  /// What the group and the head have by themselves of the tokens [begin, end), for frames that begin with `first`.
  void computeOfGroup(Value first, Value begin, Value end) {
    around->before(rowPointers, own.groupUnit(), begin, end, own.rows, own.groupFrame(first));
  }
  void computeOfHead(Value first, Value begin, Value end) {
    around->before(rowPointers, own.headUnit(), begin, end, own.rows, own.headFrame(first));
  }

  /// Does something of the rows around if the task alone takes all of the group, of the head.
  void ifOwn(RowsOwner owner, llvm::function_ref<void()> body) {
    if (around && (owner == RowsOwner::Head || own.areGrouped()))
      e.ifThen(owner == RowsOwner::Head ? own.ownsHead : own.ownsGroup, body);
  }

  /// Prepares the block of tokens that begins with `token`, in this slot.
  void prepareSlot(const RecurrencePlan &plan, LLVM::LLVMFuncOp prepare, Value token, Value slot) {
    Value at = e.at(own.scratch, e.add(e.mul(slot, e.i64(plan.slotBytes())), e.i64(plan.taskBytes())));
    SmallVector<Value> operands{token, own.head, at, state};
    llvm::append_range(operands, localArgs);
    e.call(prepare, operands);
  }

  /// Takes a call's only token.
  void takeStep(const RecurrencePlan &plan) {
    Value token = e.i64(0), next = e.i64(1);
    const int64_t each = kRecurrenceColumns / kStateColumns;
    Value first = e.mul(firstBlock, e.i64(each));
    Value last = e.min(e.mul(lastBlock, e.i64(each)), e.i64(spec.paddedV() / kStateColumns));
    ifOwn(RowsOwner::Group, [&] { computeOfGroup(token, token, next); });
    own.forEach([&] {
      bind(token);
      ifOwn(RowsOwner::Head, [&] { computeOfHead(token, token, next); });
      prepareSlot(plan, prepare.back(), token, e.i64(0));
      e.loop(first, last, next, [&](Value block) {
        Value at = e.at(state, e.mul(block, e.i64(plan.blockBytes()))), slot = e.at(own.scratch, plan.taskBytes());
        SmallVector<Value> operands{own.head, e.mul(block, e.i64(kStateColumns)), at, slot, localOut};
        llvm::append_range(operands, localArgs);
        e.call(emitStep(e, plan), operands);
      });
      ifOwn(RowsOwner::Head, [&] { finish(token, next, token); });
    });
  }

  /// Takes the tokens [begin, end), a multiple of a block.
  void takeRun(const RecurrencePlan &plan, LLVM::LLVMFuncOp prepare, Value begin, Value end) {
    auto prepareBlock = [&](Value token) {
      Value slot = e.rem(e.div(e.sub(token, begin), e.i64(plan.tokens())), e.i64(plan.slots()));
      prepareSlot(plan, prepare, token, slot);
    };
    // The keys of one more block than the piece has: its last sweep reads for the block after it.
    Value each = e.i64(plan.tokens()), tokens = e.i64(plan.tokens() * (plan.slots() - 1)), afterFirst = e.add(begin, each);
    ifOwn(RowsOwner::Group, [&] { computeOfGroup(begin, begin, afterFirst); });
    own.forEach([&] {
      bind(begin);
      ifOwn(RowsOwner::Head, [&] { computeOfHead(begin, begin, afterFirst); });
      prepareBlock(begin);
    });
    e.loop(begin, end, tokens, [&](Value piece) {
      Value last = e.min(end, e.add(piece, tokens)), next = e.add(piece, each), nextEnd = e.min(end, e.add(last, each));
      Value isLater = e.less(begin, piece);
      ifOwn(RowsOwner::Group, [&] {
        e.ifThen(isLater, [&] { around->moveToFront(RowsOwner::Group, own.groupFrame(piece), tokens, plan.tokens()); });
        computeOfGroup(piece, next, nextEnd);
      });
      own.forEach([&] {
        bind(piece);
        ifOwn(RowsOwner::Head, [&] {
          e.ifThen(isLater, [&] { around->moveToFront(RowsOwner::Head, own.headFrame(piece), tokens, plan.tokens()); });
          computeOfHead(piece, next, nextEnd);
        });
        e.loop(next, nextEnd, each, prepareBlock);
        e.loop(firstBlock, lastBlock, e.i64(1), [&](Value block) { takeColumns(plan, begin, piece, last, end, block); });
        ifOwn(RowsOwner::Head, [&] { finish(piece, last, piece); });
      });
    });
  }

  void takeColumns(const RecurrencePlan &plan, Value begin, Value piece, Value last, Value end, Value block) {
    SmallVector<int> widths;
    for (int width = *recurrenceVectors(plan.isa, plan.form, plan.tokens()); width; width /= 2)
      widths.push_back(width);
    Value left = e.sub(e.i64(spec.paddedV() / 16), e.mul(block, e.i64(kRecurrenceColumns / 16)));
    Value vectors = e.min(left, e.i64(kRecurrenceColumns / 16));
    Value base = e.at(state, e.mul(block, e.i64(kRecurrenceColumns / 16 * plan.blockBytes())));
    Value reads = e.at(own.scratch, e.mul(block, e.i64(plan.readBytes()))), slots = e.at(own.scratch, plan.taskBytes());
    forRowTiles(e, widths, vectors, [&](Value first, int count) {
      Value bytes = e.mul(first, e.i64(64));
      Value column = e.add(e.mul(block, e.i64(kRecurrenceColumns)), e.mul(first, e.i64(16)));
      Value at = e.at(base, e.mul(first, e.i64(plan.blockBytes())));
      SmallVector<Value> operands{begin, piece, last, end, own.head, column, at, slots, e.at(reads, bytes), localOut};
      llvm::append_range(operands, localArgs);
      e.call(emitBlocks(e, plan, count), operands);
    });
  }

  Emit &e;
  const Recurrence &spec;
  std::vector<RecurrencePlan> plans;
  RecurrencePlan narrowStep; ///< a call of one token on narrow states
  std::vector<LLVM::LLVMFuncOp> prepare; ///< of each plan
  RecurrenceHeads own; ///< of the task
  Value state, out, firstBlock, lastBlock;
  ValueRange args;
  // Where arguments and the result of the head lie; the call's own without rows around.
  std::optional<HeadRows> around;
  ValueRange rowPointers;
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
