// SPDX-License-Identifier: Apache-2.0
/// \file
/// Some columns of a state through blocks of tokens. What is read and written stays in registers: a vector that is
/// loaded right after it was stored would wait for all stores to the state before it.
#include "compiler/targets/cpu/RecurrenceSchedule.h"
#include "compiler/targets/cpu/kernels/CacheElement.h"
#include "compiler/targets/cpu/kernels/ExprCode.h"
#include "compiler/targets/cpu/kernels/RecurrencePlan.h"

using namespace mlir;
using namespace braid::derive;
namespace braid::cpu {

namespace {

enum class SweepMode { Read, Update, UpdateAndRead };

/// Of each read or write, token after token: its vectors.
using Vectors = SmallVector<SmallVector<Value>>;

class BlockLoop {
public:
  BlockLoop(Emit &e, const RecurrencePlan &plan, int vectors, ValueRange v)
      : e(e), plan(plan), form(plan.form), vectors(vectors), begin(v[0]), first(v[1]), end(v[2]), rows(v[3]), head(v[4]),
        column(v[5]), state(v[6]), rowBytes(v[7]), slots(v[8]), readsAt(v[9]), out(v[10]), args(v.drop_front(11)) {}

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

private:
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
    return llvm::divideCeil(plan.spec.paddedK(), recurrenceScheduleFor(plan.isa).unrolledRows);
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
    for (int j = 0; j < vectors; ++j) {
      Value from = e.add(column, e.i64(16 * j));
      Value mask = plan.spec.valueDim % 16 ? e.tailMask(e.sub(e.i64(plan.spec.valueDim), from)) : Value();
      for (unsigned t = 0; t < plan.tokens(); ++t) {
        completeReads(slot, t, j, reads, written);
        valuesOf(t ? e.add(token, e.i64(t)) : token, t, j, from, mask, slot, reads, written);
      }
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

  /// A token's output and what it writes, of 16 columns, which then decay where they do so by themselves.
  void valuesOf(Value token, unsigned t, int j, Value from, Value mask, Value slot, Vectors &reads,
                Vectors &written) {
    const ExprPool &pool = form.pool;
    Value offset = e.mul(from, e.i64(4));
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
    Value o = code.get(form.output), to = e.at(plan.outRow(e, out, token, head), offset);
    if (mask)
      e.storeMasked(o, to, mask);
    else
      e.store(o, to, 4);
  }

  /// One pass over all rows of each state: updates them for a block, and reads for the next one (Read: for this one).
  Vectors sweep(SweepMode mode, Value token, const Vectors &written) {
    Value now = slotOf(token), next = mode == SweepMode::Read ? now : slotOf(e.add(token, e.i64(plan.tokens())));
    Vectors result(readCount(), SmallVector<Value>(vectors, e.constant(e.vf32(), 0.0)));
    for (auto [index, which] : llvm::enumerate(plan.states)) {
      SmallVector<const BlockRead *> reads;
      for (const BlockRead &read : plan.block.reads)
        if (form.reads[read.read].state == index && mode != SweepMode::Update)
          reads.push_back(&read);
      if (which.isColumn || (mode == SweepMode::Read && reads.empty()))
        continue;
      Vectors sums = split(sweepRows(mode, index, reads, now, next, written));
      for (auto [read, each] : llvm::zip(reads, sums))
        result[read->token * form.reads.size() + read->read] = each;
    }
    return result;
  }

  SmallVector<Value> sweepRows(SweepMode mode, unsigned index, ArrayRef<const BlockRead *> reads, Value now, Value next,
                               const Vectors &written) {
    const RecurrencePlan::State &which = plan.states[index];
    const bool updates = mode != SweepMode::Read;
    const bool fetches = updates && &which == llvm::find_if(plan.states, [](auto &each) { return !each.isColumn; });
    const int64_t unroll = recurrenceScheduleFor(plan.isa).unrolledRows;
    Value base = e.at(state, e.add(e.i64(which.offset), e.mul(head, e.i64(plan.headBytes(which)))));
    // A step reads a state once and updates it once, block by block: while one is in cache, memory brings the next one,
    // half of it in either sweep.
    Value nextBlock = e.mul(rowBytes, e.i64(plan.spec.paddedK()));
    SmallVector<Value> zeros(reads.size() * vectors, e.constant(e.vf32(), 0.0));
    const Span wholeBlock = {0, plan.block.tokens};
    SmallVector<Value> ofColumns;
    if (which.hasValueDecay && updates) {
      Value scalar = productAt(now, index, wholeBlock);
      for (Value each : written[plan.tokens() * form.writes.size() + index])
        ofColumns.push_back(scalar ? e.mul(each, scalar) : each);
    }
    return e.loop(e.i64(0), e.i64(plan.spec.paddedK()), e.i64(unroll), zeros, [&](Value first, ValueRange carried) {
      SmallVector<Value> sums(carried);
      for (int64_t i = 0; fetches && i < aheadEach; ++i)
        e.prefetch(e.load(e.ptr(), e.at(e.at(ahead, e.mul(first, e.i64(8 * aheadEach / unroll))), 8 * i), 8), /*locality=*/2);
      Value keyBytes = e.mul(first, e.i64(4)), row = e.at(base, e.mul(first, rowBytes));
      for (int64_t u = 0; u < unroll; ++u, row = e.at(row, rowBytes)) {
        // Factors are loaded where they are used: they are many, and a store to the state holds later loads back.
        auto ofKey = [&](Value slot, const RecurrencePlan::Key &key) {
          return scalarAt(e.at(slot, keyBytes), plan.keyOffset(key) + 4 * u);
        };
        SmallVector<Value> x;
        for (int j = 0; j < vectors; ++j) {
          Value at = e.at(row, plan.vectorBytes() * j);
          x.push_back(plan.isNarrow ? emitFromBf16(e, at) : e.load(e.vf32(), at, 64));
          if (mode == (j ? SweepMode::Update : SweepMode::Read))
            e.prefetch(e.at(e.at(row, nextBlock), plan.vectorBytes() * j), /*locality=*/2);
        }
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
            e.store(plan.isNarrow ? emitToCache(e, Codes::BF16, each) : each, e.at(row, plan.vectorBytes() * int64_t(j)),
                    plan.vectorBytes());
        }
        for (auto [number, read] : llvm::enumerate(reads)) {
          Value key = ofKey(next, plan.keyOf(*read));
          for (int j = 0; j < vectors; ++j)
            sums[number * vectors + j] = e.fma(key, x[j], sums[number * vectors + j]);
        }
      }
      return sums;
    });
  }

  Emit &e;
  const RecurrencePlan &plan;
  const NormalForm &form;
  int vectors;
  Value begin, first, end, rows, head, column, state, rowBytes, slots, readsAt, out;
  ValueRange args;
  Value ahead;           ///< a table of lines, in the order in which they are fetched
  int64_t aheadEach = 0; ///< lines in an iteration of a sweep
};

} // namespace

LLVM::LLVMFuncOp emitBlocks(Emit &e, const RecurrencePlan &plan, int vectors) {
  std::string name = plan.spec.name + ".tokens" + std::to_string(plan.tokens()) + "x" + std::to_string(vectors) +
                     (plan.isNarrow ? ".bf16" : "");
  if (auto known = e.module().lookupSymbol<LLVM::LLVMFuncOp>(name))
    return known;
  Type p = e.ptr(), i = e.getI64Type();
  SmallVector<Type> params{i, i, i, i, i, i, p, i, p, p, p};
  params.append(plan.argCount(), p);
  return e.function(name, params, [&](ValueRange v) { BlockLoop(e, plan, vectors, v).run(); });
}

} // namespace braid::cpu
