// SPDX-License-Identifier: Apache-2.0
/// \file
/// Preparing a block of tokens of a head: everything that needs no state of values. Columns are so small, and depend on
/// so little, that they are taken along here, one token after the other.
#include "compiler/targets/cpu/kernels/ExprCode.h"
#include "compiler/targets/cpu/kernels/RecurrencePlan.h"

using namespace mlir;
using namespace braid::derive;
namespace braid::cpu {
namespace {

/// A number of a token of the block.
using TokenExpr = std::pair<unsigned, ExprId>;

class BlockPreparer {
public:
  BlockPreparer(Emit &e, const RecurrencePlan &plan, ValueRange params)
      : e(e), plan(plan), form(plan.form), pool(form.pool), token(params[0]), head(params[1]), slot(params[2]),
        state(params[3]), args(params.drop_front(4)), scalars(plan.tokens()) {}

  void run() {
    std::vector<ExprId> order = form.schedule(roots());
    emitFreeOfState(order);
    for (int64_t t = 0; t < plan.tokens(); ++t) {
      for (ExprId id : order) // reads columns as they were before the token
        if (const Expr &expr = pool[id]; expr.width == Width::Scalar && expr.usesState)
          scalars[t][id] = scalar(t, expr);
      for (auto [index, column] : llvm::enumerate(plan.states))
        if (column.isColumn)
          updateColumn(t, index);
      for (ExprId id : plan.scalars)
        e.store(scalars[t].at(id), e.at(slot, plan.scalarOffset(t, id)), 4);
    }
    for (auto [index, sum, overlap] : llvm::enumerate(overlaps, plan.block.overlaps)) {
      Value factor = productOf(form.reads[overlap.read].state, overlap.decays);
      e.store(factor ? e.mul(sum, factor) : sum, e.at(slot, plan.overlapOffset(index)), 4);
    }
    for (const RecurrencePlan::Product &product : plan.products)
      e.store(productOf(product.state, product.decays), e.at(slot, plan.productOffset(product)), 4);
  }

private:
  SmallVector<ExprId> roots() const {
    SmallVector<ExprId> roots(plan.scalars);
    for (const Read &read : form.reads)
      roots.push_back(read.key);
    for (const Write &write : form.writes) {
      roots.push_back(write.key);
      if (plan.isOfColumn(write))
        roots.push_back(write.value);
    }
    for (const Decay &decay : form.decays)
      roots.append({decay.keyFactor, decay.scalarFactor});
    return roots;
  }

  Value tokenAt(unsigned t) { return t ? e.add(token, e.i64(t)) : token; }

  /// How many dots an expression waits for, one after the other.
  unsigned levelOf(ExprId id) {
    if (auto found = levels.find(id); found != levels.end())
      return found->second;
    unsigned level = 0;
    for (ExprId operand : pool[id].operands)
      level = std::max(level, levelOf(operand));
    return levels[id] = level + (pool[id].kind == ExprKind::Dot);
  }

  /// All scalars that are free of the state, and the keys. Dots that wait for the same are taken in one pass, and with
  /// them the keys.
  void emitFreeOfState(ArrayRef<ExprId> order) {
    unsigned last = 0, ofKeys = 0;
    for (ExprId id : order)
      if (!pool[id].usesState)
        last = std::max(last, levelOf(id));
    for (ExprId id : order)
      if (pool[id].width == Width::Key && !pool[id].usesState)
        ofKeys = std::max(ofKeys, levelOf(id));
    for (const Decay &decay : form.decays)
      if (decay.keyFactor != noExpr && decay.scalarFactor != noExpr)
        ofKeys = std::max(ofKeys, levelOf(decay.scalarFactor));
    for (unsigned level = 0; level <= std::max(last, ofKeys + 1); ++level) {
      for (Width width : {Width::Key, Width::Value})
        emitPass(order, level, width, width == Width::Key && level == ofKeys + 1);
      for (int64_t t = 0; t < plan.tokens(); ++t)
        for (ExprId id : order)
          if (const Expr &expr = pool[id]; expr.width == Width::Scalar && !expr.usesState && levelOf(id) == level &&
                                           expr.kind != ExprKind::Dot)
            scalars[t][id] = scalar(t, expr);
    }
  }

  void emitPass(ArrayRef<ExprId> order, unsigned level, Width width, bool withKeys) {
    SmallVector<TokenExpr> dots;
    for (ExprId id : order)
      if (const Expr &expr = pool[id]; expr.kind == ExprKind::Dot && !expr.usesState && levelOf(id) == level &&
                                       pool[expr.operands[0]].width == width)
        for (int64_t t = 0; t < plan.tokens(); ++t)
          dots.push_back({t, id});
    SmallVector<Value> sums = sumDots(dots, width, withKeys);
    for (auto [dot, sum] : llvm::zip(dots, sums))
      scalars[dot.first][dot.second] = sum;
    if (withKeys)
      overlaps.assign(sums.begin() + dots.size(), sums.end());
  }

  /// These dots, and after them the overlaps when keys are prepared.
  SmallVector<Value> sumDots(ArrayRef<TokenExpr> dots, Width width, bool withKeys) {
    size_t count = dots.size() + (withKeys ? plan.block.overlaps.size() : 0);
    if (!count && !withKeys)
      return {};
    int64_t numbers = width == Width::Key ? plan.spec.keyDim : plan.spec.valueDim;
    SmallVector<Value> zeros(count, e.constant(e.vf32(), 0.0));
    SmallVector<Value> sums = e.loop(e.i64(0), e.i64(numbers), e.i64(16), zeros, [&](Value first, ValueRange carried) {
      SmallVector<Value> next(carried);
      Lanes lanes(*this, first, numbers);
      for (auto [dot, sum] : llvm::zip(dots, next)) {
        const Expr &expr = pool[dot.second];
        sum = e.fma(lanes.get(dot.first, expr.operands[0]), lanes.get(dot.first, expr.operands[1]), sum);
      }
      if (withKeys)
        emitKeys(lanes, first, MutableArrayRef(next).drop_front(dots.size()));
      return next;
    });
    for (Value &sum : sums)
      sum = e.sumLanes(sum);
    return sums;
  }

  /// 16 numbers of vector expressions of the block's tokens, from number `first` on; zero beyond their end.
  class Lanes {
  public:
    Lanes(BlockPreparer &own, Value first, int64_t width)
        : own(own), first(first), mask(width % 16 ? own.e.tailMask(own.e.sub(own.e.i64(width), first)) : Value()) {}

    Value get(unsigned t, ExprId id) {
      Value value = unmasked(t, id);
      if (!mask)
        return value;
      Value &masked = maskedValues[{t, id}];
      return masked = masked ? masked : own.e.select(mask, value, own.e.constant(own.e.vf32(), 0.0));
    }

  private:
    /// Each expression is computed once, whatever it is a part of: a store to the slot may not be assumed to leave its
    /// inputs alone, so that nothing after it would be shared.
    Value unmasked(unsigned t, ExprId id) {
      if (auto found = known.find({t, id}); found != known.end())
        return found->second;
      const Expr &expr = own.pool[id];
      Value value;
      if (expr.kind == ExprKind::Constant) {
        value = own.e.constant(own.e.vf32(), expr.constant);
      } else if (expr.width == Width::Scalar) {
        value = own.e.splat(own.scalars[t].at(id));
      } else if (expr.operands.empty()) {
        Value row = own.plan.argRow(own.e, own.args, expr.index, own.tokenAt(t), own.head);
        Value from = own.e.at(row, own.e.mul(first, own.e.i64(4)));
        value = mask ? own.e.loadMasked(own.e.vf32(), from, mask) : own.e.load(own.e.vf32(), from, 4);
      } else {
        auto operand = [&](ExprId id) { return unmasked(t, id); };
        value = emitArithmetic(own.e, expr, llvm::map_to_vector(expr.operands, operand));
      }
      return known[{t, id}] = value;
    }

    BlockPreparer &own;
    Value first, mask;
    std::map<TokenExpr, Value> known, maskedValues;
  };

  /// 16 numbers of all keys of the block. Those that are written are carried on from token to token, and decay.
  void emitKeys(Lanes &lanes, Value first, MutableArrayRef<Value> overlaps) {
    SmallVector<RecurrencePlan::Key> stored;
    auto store = [&](const RecurrencePlan::Key &key, Value value) {
      if (llvm::is_contained(stored, key))
        return;
      stored.push_back(key);
      e.store(value, e.at(slot, e.add(e.mul(first, e.i64(4)), e.i64(plan.keyOffset(key)))), 64);
    };
    for (auto [index, which] : llvm::enumerate(plan.states)) {
      if (which.isColumn)
        continue;
      SmallVector<std::pair<const BlockWrite *, Value>> writes;
      Value decays;
      for (unsigned t = 0; t < plan.tokens(); ++t) {
        for (const BlockRead &read : plan.block.reads) {
          if (read.token != t || form.reads[read.read].state != index)
            continue;
          Value key = lanes.get(t, form.reads[read.read].key);
          for (auto [overlap, sum] : llvm::zip(plan.block.overlaps, overlaps))
            for (auto [write, value] : writes)
              if (overlap.token == t && overlap.read == read.read && overlap.earlier == write->token &&
                  overlap.write == write->write)
                sum = e.fma(key, value, sum);
          store(plan.keyOf(read), decays ? e.mul(key, decays) : key);
        }
        if (which.hasKeyDecay) {
          Value decay = lanes.get(t, form.decays[index].keyFactor);
          if (form.decays[index].scalarFactor != noExpr)
            decay = e.mul(decay, e.splat(scalars[t].at(form.decays[index].scalarFactor)));
          for (auto &[write, value] : writes)
            value = e.mul(value, decay);
          decays = decays ? e.mul(decays, decay) : decay;
        }
        for (const BlockWrite &write : plan.block.writes)
          if (write.token == t && form.writes[write.write].state == index)
            writes.push_back({&write, lanes.get(t, form.writes[write.write].key)});
      }
      for (auto [write, value] : writes)
        store(plan.keyOf(*write), value);
      if (decays)
        store(plan.decayKey(index), decays);
    }
  }

  Value scalar(unsigned t, const Expr &expr) {
    switch (expr.kind) {
    case ExprKind::Input: return e.load(e.getF32Type(), plan.argRow(e, args, expr.index, tokenAt(t), head), 4);
    case ExprKind::Constant: return e.f32(expr.constant);
    case ExprKind::Read: return readColumn(t, expr.index);
    case ExprKind::Dot: { // of a column's read
      ExprId dot = &expr - &pool[0];
      return sumDots({{t, dot}}, pool[expr.operands[0]].width, /*withKeys=*/false)[0];
    }
    default:
      return emitArithmetic(e, expr, llvm::map_to_vector(expr.operands, [&](ExprId id) { return scalars[t].at(id); }));
    }
  }

  /// The scalar decays of a state in some tokens; nothing when there are none.
  Value productOf(unsigned index, Span decays) {
    if (!plan.states[index].hasScalarDecay || decays.isEmpty())
      return {};
    Value &product = products[{index, decays.first, decays.end}];
    if (!product) {
      Value before = productOf(index, {decays.first, decays.end - 1});
      Value last = scalars[decays.end - 1].at(form.decays[index].scalarFactor);
      product = before ? e.mul(before, last) : last;
    }
    return product;
  }

  Value columnAt(unsigned index) {
    const RecurrencePlan::State &column = plan.states[index];
    return e.at(state, e.add(e.mul(head, e.i64(plan.headBytes(column))), e.i64(column.offset)));
  }

  Value readColumn(unsigned t, unsigned read) {
    Value column = columnAt(form.reads[read].state);
    int64_t numbers = plan.spec.keyDim;
    Value sum = e.loop(e.i64(0), e.i64(numbers), e.i64(16), ValueRange{e.constant(e.vf32(), 0.0)},
                       [&](Value first, ValueRange sums) {
                         Value x = e.load(e.vf32(), e.at(column, e.mul(first, e.i64(4))), 64);
                         Value key = Lanes(*this, first, numbers).get(t, form.reads[read].key);
                         return SmallVector<Value>{e.fma(x, key, sums[0])};
                       })[0];
    return e.sumLanes(sum);
  }

  void updateColumn(unsigned t, unsigned index) {
    Value base = columnAt(index);
    const Decay &decay = form.decays[index];
    e.loop(e.i64(0), e.i64(plan.spec.keyDim), e.i64(16), [&](Value first) {
      Lanes lanes(*this, first, plan.spec.keyDim);
      Value at = e.at(base, e.mul(first, e.i64(4))), x = e.load(e.vf32(), at, 64);
      if (decay.keyFactor != noExpr)
        x = e.mul(x, lanes.get(t, decay.keyFactor));
      if (decay.scalarFactor != noExpr)
        x = e.mul(x, e.splat(scalars[t].at(decay.scalarFactor)));
      for (unsigned write : plan.states[index].writes)
        x = e.fma(lanes.get(t, form.writes[write].key), e.splat(scalars[t].at(form.writes[write].value)), x);
      e.store(x, at, 64);
    });
  }

  Emit &e;
  const RecurrencePlan &plan;
  const NormalForm &form;
  const ExprPool &pool;
  Value token, head, slot, state;
  ValueRange args;
  std::vector<std::map<ExprId, Value>> scalars; ///< of each token
  SmallVector<Value> overlaps; ///< without scalar decays
  std::map<ExprId, unsigned> levels;
  std::map<std::tuple<unsigned, unsigned, unsigned>, Value> products;
};

} // namespace

LLVM::LLVMFuncOp emitPrepareBlock(Emit &e, const RecurrencePlan &plan) {
  Type p = e.ptr(), i = e.getI64Type();
  SmallVector<Type> params{i, i, p, p};
  params.append(plan.argCount(), p);
  return e.function(plan.spec.name + ".prepare" + std::to_string(plan.tokens()), params,
                    [&](ValueRange values) { BlockPreparer(e, plan, values).run(); });
}

} // namespace braid::cpu
