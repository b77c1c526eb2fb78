// SPDX-License-Identifier: Apache-2.0
/// \file
/// Some columns of a state through blocks of tokens, or through one. What is read and written stays in registers: a
/// vector that is loaded right after it was stored would wait for all stores to the state before it.
#include "compiler/targets/cpu/RecurrenceSchedule.h"
#include "compiler/targets/cpu/kernels/CacheElement.h"
#include "compiler/targets/cpu/kernels/ExprCode.h"
#include "compiler/targets/cpu/kernels/RecurrencePlan.h"

using namespace mlir;
using namespace braid::derive;
namespace braid::cpu {

namespace {

/// UpdateAndRead reads for the next block of tokens, ReadAndUpdate for this one.
enum class SweepMode { None, Read, Update, UpdateAndRead, ReadAndUpdate };

/// Of each read or write, token after token: its vectors.
using Vectors = SmallVector<SmallVector<Value>>;

class BlockLoop {
public:
  BlockLoop(Emit &e, const RecurrencePlan &plan, int vectors, ValueRange v)
      : e(e), plan(plan), form(plan.form), vectors(vectors), unroll(recurrenceScheduleFor(plan.isa).unrolledRows),
        begin(v[0]), first(v[1]), end(v[2]), rows(v[3]), head(v[4]), column(v[5]), state(v[6]), slots(v[7]),
        readsAt(v[8]), out(v[9]), args(v.drop_front(10)) {}
  /// Of a step.
  BlockLoop(Emit &e, const RecurrencePlan &plan, ValueRange v)
      : e(e), plan(plan), form(plan.form), vectors(1), unroll(recurrenceScheduleFor(plan.isa).stepUnrolledRows),
        begin(e.i64(0)), head(v[0]), column(v[1]), state(v[2]), slots(v[3]), out(v[4]), args(v.drop_front(5)) {}

  void run() {
    Value tokens = e.i64(plan.tokens());
    e.ifThen(e.less(begin, first), [] {}, [&] { storeReads(sweep(SweepMode::Read, begin, {})); });
    Value last = e.min(end, e.sub(rows, tokens));
    SmallVector<Value> carried = e.loop(first, last, tokens, loadReads(), [&](Value token, ValueRange reads) {
      return flat(sweep(SweepMode::UpdateAndRead, token, values(token, split(reads))));
    });
    e.ifThen(
        e.less(last, end), [&] { sweep(SweepMode::Update, last, values(last, split(carried))); },
        [&] { storeReads(split(carried)); });
  }

  /// Reads what written values depend on in a sweep of its own. A state of which there is no such read is read and updated
  /// in one.
  void runStep() {
    llvm::SmallDenseSet<unsigned> twice; // states
    SmallVector<ExprId> values;
    for (const Write &write : form.writes)
      if (!plan.isOfColumn(write))
        values.push_back(write.value);
    for (ExprId id : form.schedule(values))
      if (form.pool[id].kind == ExprKind::Read)
        twice.insert(form.reads[form.pool[id].index].state);
    auto isTwice = [&](unsigned state) { return twice.contains(state); };
    Vectors reads = sweep([&](unsigned state) { return isTwice(state) ? SweepMode::Read : SweepMode::None; }, begin, {});
    Vectors written(form.writes.size() + plan.states.size());
    valuesOf(begin, 0, 0, slotOf(begin), reads, written, [&] {
      auto mode = [&](unsigned state) { return isTwice(state) ? SweepMode::Update : SweepMode::ReadAndUpdate; };
      for (auto [read, x, late] : llvm::zip(form.reads, reads, sweep(mode, begin, written)))
        if (!isTwice(read.state))
          x = late;
    });
  }

private:
  bool isStep() const { return !rows; }
  size_t readCount() const { return plan.tokens() * form.reads.size(); }
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
  Value readAt(unsigned read, int j) { return e.at(readsAt, 4 * kRecurrenceColumns * read + 64 * j); }
  SmallVector<Value> loadReads() {
    SmallVector<Value> result;
    for (unsigned read = 0; read < readCount(); ++read)
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
    Value slot = e.rem(e.div(e.sub(token, begin), e.i64(plan.tokens())), e.i64(plan.slots()));
    return e.at(slots, e.mul(slot, e.i64(plan.slotBytes())));
  }
  Value scalarAt(Value slot, int64_t offset) { return e.splat(e.load(e.getF32Type(), e.at(slot, offset), 4)); }
  /// A product of scalar decays; nothing when there are none.
  Value productAt(Value slot, unsigned state, Span decays) {
    if (!plan.states[state].hasScalarDecay || decays.isEmpty())
      return {};
    return scalarAt(slot, plan.productOffset({state, decays}));
  }

  /// Iterations of a sweep.
  int64_t iterations() const {
    return llvm::divideCeil(plan.spec.paddedK(), unroll);
  }
  /// Rows of which each token has one: arguments by their numbers, and the output. What is computed head by head in this
  /// kernel is in cache.
  SmallVector<std::optional<unsigned>> rowsOfToken() const {
    SmallVector<std::optional<unsigned>> rows;
    attn::RecurrenceOp op = form.op;
    for (BlockArgument arg : op.getBody().getArguments().drop_front(plan.states.size()))
      if (isa<attn::KeyType, attn::ValueType>(arg.getType()) && !op.hasArgFact(arg.getArgNumber(), "constant") &&
          !plan.isOfHead(arg.getArgNumber()))
        rows.push_back(arg.getArgNumber());
    if (!plan.hasResultOfHead())
      rows.push_back(std::nullopt);
    return rows;
  }
  int64_t linesOf(std::optional<unsigned> arg) const {
    attn::RecurrenceOp op = form.op;
    bool isKey = arg && isa<attn::KeyType>(op.getBody().getArgument(*arg).getType());
    return llvm::divideCeil(4 * (isKey ? plan.spec.keyDim : plan.spec.valueDim), 64);
  }

  /// Notes which lines of arguments and output the sweep after this is to fetch: those of the piece after this one, or
  /// of the first piece of the next head. A row of a head is short and lies a page or more from that of the next token:
  /// the hardware does not foresee it. The columns of a block of tokens share the work, and each sweep spreads it over
  /// its rows: so many misses at once would fill the queue for them, and hold up what is computed between two sweeps.
  void noteAhead(Value token) {
    if (plan.tokens() == 1 && recurrenceTokens(plan.isa, form, plan.spec.keyDim, plan.spec.valueDim) > 1)
      return; // a step, or what is left of a scan: there is no piece after this one
    const int64_t parts = llvm::divideCeil(plan.spec.paddedV(), 16 * vectors);
    const int64_t each = llvm::divideCeil(plan.tokens(), parts);
    const SmallVector<std::optional<unsigned>> rowsEach = rowsOfToken();
    int64_t lines = 0;
    for (std::optional<unsigned> arg : rowsEach)
      lines += each * linesOf(arg);
    if (!lines)
      return;
    aheadEach = llvm::divideCeil(lines, iterations());
    if (!ahead)
      ahead = e.stackSlot(8 * llvm::alignTo(lines, iterations()));
    Value first = e.add(token, e.i64(plan.tokens() * (plan.slots() - 1)));
    first = e.add(first, e.mul(e.div(column, e.i64(16 * vectors)), e.i64(each)));
    int64_t line = 0;
    for (int64_t i = 0; i < each; ++i) {
      Value which = e.add(first, e.i64(i)), isOver = e.less(e.sub(rows, e.i64(1)), which);
      which = e.min(e.select(isOver, e.sub(which, rows), which), e.sub(rows, e.i64(1)));
      Value ofHead = e.min(e.select(isOver, e.add(head, e.i64(1)), head), e.i64(plan.spec.heads - 1));
      for (std::optional<unsigned> arg : rowsEach)
        noteRow(arg ? plan.argRow(e, args, *arg, which, ofHead) : plan.outRow(e, out, which, ofHead), linesOf(arg), line);
    }
    for (; line < aheadEach * iterations(); ++line) // nothing more to fetch
      e.store(slots, e.at(ahead, 8 * line), 8);
  }
  void noteRow(Value row, int64_t lines, int64_t &line) {
    SmallVector<int64_t> offsets;
    for (int64_t i = 0; i < lines; ++i)
      offsets.push_back(64 * i);
    VectorType type = e.vec(e.getI64Type(), lines);
    Value base = vector::BroadcastOp::create(e, type, LLVM::PtrToIntOp::create(e, e.getI64Type(), row));
    Value steps = arith::ConstantOp::create(e, DenseIntElementsAttr::get(type, offsets));
    e.store(e.add(base, steps), e.at(ahead, 8 * line), 8);
    line += lines;
  }

  /// Stores the outputs of a block's tokens; gives what the tokens write, for the state after the block, and after that
  /// for each state the decays of its columns over the block, where it has such.
  Vectors values(Value token, Vectors reads) {
    noteAhead(token);
    Value slot = slotOf(token);
    Vectors written(plan.tokens() * form.writes.size() + plan.states.size());
    for (int j = 0; j < vectors; ++j)
      for (unsigned t = 0; t < plan.tokens(); ++t) {
        completeReads(slot, t, j, reads, written);
        valuesOf(t ? e.add(token, e.i64(t)) : token, t, j, slot, reads, written);
      }
    for (const BlockWrite &write : plan.block.writes)
      if (Value product = productAt(slot, form.writes[write.write].state, write.decays))
        for (Value &x : written[write.token * form.writes.size() + write.write])
          x = e.mul(x, product);
    return written;
  }

  /// Takes what a token reads from before the block to before the token.
  void completeReads(Value slot, unsigned t, int j, Vectors &reads, const Vectors &written) {
    for (const BlockRead &read : plan.block.reads) {
      if (read.token != t)
        continue;
      Value &x = reads[t * form.reads.size() + read.read][j];
      if (Value product = productAt(slot, form.reads[read.read].state, read.decays))
        x = e.mul(x, product);
      for (auto [index, overlap] : llvm::enumerate(plan.block.overlaps))
        if (overlap.token == t && overlap.read == read.read)
          x = e.fma(scalarAt(slot, plan.overlapOffset(index)),
                    written[overlap.earlier * form.writes.size() + overlap.write][j], x);
    }
  }

  /// Takes 16 columns of state `index` over the decay of a token: what tokens before it wrote, and what tokens after it
  /// read from before the block.
  void decayColumns(unsigned index, unsigned t, int j, Value decay, Vectors &reads, Vectors &written) {
    for (const BlockWrite &write : plan.block.writes)
      if (form.writes[write.write].state == index && write.token < t) {
        Value &x = written[write.token * form.writes.size() + write.write][j];
        x = e.mul(x, decay);
      }
    for (const BlockRead &read : plan.block.reads)
      if (form.reads[read.read].state == index && read.token > t) {
        Value &x = reads[read.token * form.reads.size() + read.read][j];
        x = e.mul(x, decay);
      }
    SmallVector<Value> &all = written[plan.tokens() * form.writes.size() + index];
    if (t == 0)
      all.push_back(decay);
    else
      all[j] = e.mul(all[j], decay);
  }

  /// What a token writes, of 16 columns, which then decay where they do so by themselves; after `beforeOutput` its output,
  /// from then on with reads that nothing written depends on.
  void valuesOf(Value token, unsigned t, int j, Value slot, Vectors &reads, Vectors &written,
                llvm::function_ref<void()> beforeOutput = {}) {
    const ExprPool &pool = form.pool;
    Value from = e.add(column, e.i64(16 * j)), offset = e.mul(from, e.i64(4));
    Value mask = plan.spec.valueDim % 16 ? e.tailMask(e.sub(e.i64(plan.spec.valueDim), from)) : Value();
    auto leaf = [&](ExprId id) -> Value {
      const Expr &expr = pool[id];
      if (expr.width == Width::Scalar)
        return scalarAt(slot, plan.scalarOffset(t, id));
      if (expr.kind == ExprKind::Read)
        return reads[t * form.reads.size() + expr.index][j];
      Value at = e.at(plan.argRow(e, args, expr.index, token, head), offset);
      return mask ? e.loadMasked(e.vf32(), at, mask) : e.load(e.vf32(), at, 4);
    };
    VectorCode code(e, pool, leaf);
    for (auto [number, write] : llvm::enumerate(form.writes)) {
      if (plan.isOfColumn(write))
        continue;
      Value x = code.get(write.value);
      written[t * form.writes.size() + number].push_back(mask ? e.select(mask, x, e.constant(e.vf32(), 0.0)) : x);
    }
    for (auto [index, which] : llvm::enumerate(plan.states)) {
      if (!which.hasValueDecay)
        continue;
      Value x = code.get(form.decays[index].valueFactor);
      decayColumns(index, t, j, mask ? e.select(mask, x, e.constant(e.vf32(), 0.0)) : x, reads, written);
    }
    if (beforeOutput)
      beforeOutput();
    Value o = code.get(form.output), to = e.at(plan.outRow(e, out, token, head), offset);
    if (mask)
      e.storeMasked(o, to, mask);
    else
      e.store(o, to, 4);
  }

  Vectors sweep(SweepMode mode, Value token, const Vectors &written) {
    return sweep([mode](unsigned) { return mode; }, token, written);
  }
  /// One pass over all rows of each state, as `modeOf` says of it. What is not read is zero.
  Vectors sweep(llvm::function_ref<SweepMode(unsigned state)> modeOf, Value token, const Vectors &written) {
    Value now = slotOf(token), next = slotOf(e.add(token, e.i64(plan.tokens())));
    Vectors result(readCount(), SmallVector<Value>(vectors, e.constant(e.vf32(), 0.0)));
    for (auto [index, which] : llvm::enumerate(plan.states)) {
      const SweepMode mode = modeOf(index);
      SmallVector<const BlockRead *> reads;
      for (const BlockRead &read : plan.block.reads)
        if (form.reads[read.read].state == index && mode != SweepMode::Update)
          reads.push_back(&read);
      if (which.isColumn || mode == SweepMode::None || (mode == SweepMode::Read && reads.empty()))
        continue;
      Vectors sums = split(sweepRows(mode, index, reads, now, mode == SweepMode::UpdateAndRead ? next : now, written));
      for (auto [read, each] : llvm::zip(reads, sums))
        result[read->token * form.reads.size() + read->read] = each;
    }
    return result;
  }

  SmallVector<Value> sweepRows(SweepMode mode, unsigned index, ArrayRef<const BlockRead *> reads, Value now, Value readsFor,
                               const Vectors &written) {
    const RecurrencePlan::State &which = plan.states[index];
    const bool updates = mode != SweepMode::Read;
    const bool fetches = updates && &which == llvm::find_if(plan.states, [](auto &each) { return !each.isColumn; });
    const int64_t parts = isStep() ? recurrenceStepSums(plan.isa, reads.size()) : 1;
    const size_t readSums = reads.size() * vectors;
    Value base = e.at(state, e.add(e.i64(which.offset), e.mul(head, e.i64(plan.headBytes(which)))));
    SmallVector<Value> zeros(parts * readSums, e.constant(e.vf32(), 0.0));
    const Span wholeBlock = {0, plan.block.tokens};
    SmallVector<Value> ofColumns;
    if (which.hasValueDecay && updates) {
      Value scalar = productAt(now, index, wholeBlock);
      for (Value each : written[plan.tokens() * form.writes.size() + index])
        ofColumns.push_back(scalar ? e.mul(each, scalar) : each);
    }
    auto body = [&](Value first, ValueRange carried) {
      SmallVector<Value> sums(carried);
      for (int64_t i = 0; fetches && i < aheadEach; ++i)
        e.prefetch(e.load(e.ptr(), e.at(e.at(ahead, e.mul(first, e.i64(8 * aheadEach / unroll))), 8 * i), 8), /*locality=*/2);
      Value keyBytes = e.mul(first, e.i64(4)), rows = e.at(base, e.mul(first, e.i64(plan.vectorBytes())));
      for (int64_t u = 0; u < unroll; ++u) {
        auto at = [&](int j) { return e.at(rows, plan.vectorBytes() * u + plan.blockBytes() * j); };
        // Factors are loaded where they are used: they are many, and a store to the state holds later loads back.
        auto ofKey = [&](Value slot, const RecurrencePlan::Key &key) {
          return scalarAt(e.at(slot, keyBytes), plan.keyOffset(key) + 4 * u);
        };
        SmallVector<Value> x;
        for (int j = 0; j < vectors; ++j)
          x.push_back(plan.isNarrow ? emitFromBf16(e, at(j)) : e.load(e.vf32(), at(j), 64));
        auto readRow = [&] {
          for (auto [number, read] : llvm::enumerate(reads)) {
            Value key = ofKey(readsFor, plan.keyOf(*read));
            for (int j = 0; j < vectors; ++j) {
              Value &sum = sums[u % parts * readSums + number * vectors + j];
              sum = e.fma(key, x[j], sum);
            }
          }
        };
        if (mode != SweepMode::UpdateAndRead)
          readRow();
        if (updates) {
          Value decay;
          if (which.hasKeyDecay)
            decay = ofKey(now, plan.decayKey(index));
          else if (!which.hasValueDecay)
            decay = productAt(now, index, wholeBlock);
          for (Value &each : x)
            each = decay ? e.mul(each, decay) : each;
          for (auto [each, own] : llvm::zip(x, ofColumns))
            each = e.mul(each, own);
          for (const BlockWrite &write : plan.block.writes) {
            if (form.writes[write.write].state != index)
              continue;
            Value key = ofKey(now, plan.keyOf(write));
            for (auto [each, value] : llvm::zip(x, written[write.token * form.writes.size() + write.write]))
              each = e.fma(key, value, each);
          }
          for (auto [j, each] : llvm::enumerate(x))
            e.store(plan.isNarrow ? emitToBf16(e, plan.isa, each) : each, at(j), plan.vectorBytes());
        }
        if (mode == SweepMode::UpdateAndRead)
          readRow();
      }
      return sums;
    };
    SmallVector<Value> sums = e.loop(e.i64(0), e.i64(plan.spec.paddedK()), e.i64(unroll), zeros, body);
    for (int64_t part = 1; part < parts; ++part)
      for (size_t i = 0; i < readSums; ++i)
        sums[i] = e.add(sums[i], sums[part * readSums + i]);
    sums.truncate(readSums);
    return sums;
  }

  Emit &e;
  const RecurrencePlan &plan;
  const NormalForm &form;
  int vectors;
  int64_t unroll; ///< rows of an iteration
  Value begin, first, end, rows, head, column, state, slots, readsAt, out; ///< of a step some are null
  ValueRange args;
  Value ahead;           ///< a table of lines, in the order in which they are fetched
  int64_t aheadEach = 0; ///< lines in an iteration of a sweep
};

} // namespace

LLVM::LLVMFuncOp emitBlocks(Emit &e, const RecurrencePlan &plan, int vectors) {
  std::string name = plan.spec.name + ".tokens" + std::to_string(plan.tokens()) + "x" + std::to_string(vectors);
  if (auto known = e.module().lookupSymbol<LLVM::LLVMFuncOp>(name))
    return known;
  Type p = e.ptr(), i = e.getI64Type();
  SmallVector<Type> params{i, i, i, i, i, i, p, p, p, p};
  params.append(plan.argCount(), p);
  return e.function(name, params, [&](ValueRange v) { BlockLoop(e, plan, vectors, v).run(); });
}

LLVM::LLVMFuncOp emitStep(Emit &e, const RecurrencePlan &plan) {
  std::string name = plan.spec.name + ".step" + (plan.isNarrow ? ".bf16" : "");
  if (auto known = e.module().lookupSymbol<LLVM::LLVMFuncOp>(name))
    return known;
  Type p = e.ptr(), i = e.getI64Type();
  SmallVector<Type> params{i, i, p, p, p};
  params.append(plan.argCount(), p);
  return e.function(name, params, [&](ValueRange v) { BlockLoop(e, plan, v).runStep(); });
}

} // namespace braid::cpu
