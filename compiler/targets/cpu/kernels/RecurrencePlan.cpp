// SPDX-License-Identifier: Apache-2.0
/// \file
/// What is prepared for a block of tokens, and where it is.
#include "compiler/targets/cpu/kernels/RecurrencePlan.h"

#include "compiler/targets/cpu/kernels/RecurrenceRows.h"

using namespace mlir;
using namespace braid::derive;
namespace braid::cpu {

RecurrencePlan::RecurrencePlan(const Recurrence &spec, const Isa &isa, unsigned tokens, bool isNarrow)
    : spec(spec), form(*spec.form), isa(isa), isNarrow(isNarrow), block(blockOf(*spec.form, tokens)) {
  int64_t offset = 0;
  for (auto [index, decay] : llvm::enumerate(form.decays)) {
    State state;
    state.isColumn = form.isColumn(index);
    state.hasKeyDecay = decay.keyFactor != noExpr;
    state.hasScalarDecay = !state.hasKeyDecay && decay.scalarFactor != noExpr;
    state.hasValueDecay = decay.valueFactor != noExpr;
    state.offset = offset;
    offset += spec.heads * headBytes(state);
    for (auto [number, read] : llvm::enumerate(form.reads))
      if (read.state == index)
        state.reads.push_back(number);
    for (auto [number, write] : llvm::enumerate(form.writes))
      if (write.state == index)
        state.writes.push_back(number);
    states.push_back(state);
  }
  llvm::erase_if(block.overlaps, [&](const Overlap &overlap) { return isOfColumn(form.reads[overlap.read]); });
  llvm::erase_if(block.reads, [&](const BlockRead &read) { return isOfColumn(form.reads[read.read]); });
  llvm::erase_if(block.writes, [&](const BlockWrite &write) { return isOfColumn(form.writes[write.write]); });

  for (auto [index, state] : llvm::enumerate(states))
    if (!state.isColumn && state.hasKeyDecay)
      addKey(decayKey(index));
    else if (!state.isColumn && state.hasScalarDecay)
      addProduct({unsigned(index), {0, tokens}});
  for (const BlockWrite &write : block.writes) {
    addKey(keyOf(write));
    addProduct({form.writes[write.write].state, write.decays});
  }
  for (const BlockRead &read : block.reads) {
    addKey(keyOf(read));
    addProduct({form.reads[read.read].state, read.decays});
  }
  llvm::SmallDenseSet<ExprId> seen;
  collectScalars(form.output, seen);
  for (const Write &write : form.writes)
    if (!isOfColumn(write))
      collectScalars(write.value, seen);
  for (const Decay &decay : form.decays)
    if (decay.valueFactor != noExpr)
      collectScalars(decay.valueFactor, seen);
}

int64_t RecurrencePlan::slots() const {
  return std::max<int64_t>(recurrenceScheduleFor(isa).preparedTokens / tokens(), 3);
}

RecurrencePlan::Key RecurrencePlan::keyOf(const BlockRead &read) const {
  const Read &which = form.reads[read.read];
  if (states[which.state].hasKeyDecay && !read.decays.isEmpty())
    return {which.key, read.token, which.state, read.decays};
  return {which.key, read.token};
}

RecurrencePlan::Key RecurrencePlan::keyOf(const BlockWrite &write) const {
  const Write &which = form.writes[write.write];
  if (states[which.state].hasKeyDecay && !write.decays.isEmpty())
    return {which.key, write.token, which.state, write.decays};
  return {which.key, write.token};
}

bool RecurrencePlan::hasColumns() const {
  return llvm::any_of(states, [](const State &state) { return state.isColumn; });
}

void RecurrencePlan::addKey(Key key) {
  if (!llvm::is_contained(keys, key))
    keys.push_back(key);
}

void RecurrencePlan::addProduct(Product product) {
  if (states[product.state].hasScalarDecay && !product.decays.isEmpty() && !llvm::is_contained(products, product))
    products.push_back(product);
}

/// The scalars that an expression along the columns uses.
void RecurrencePlan::collectScalars(ExprId id, llvm::SmallDenseSet<ExprId> &seen) {
  if (!seen.insert(id).second)
    return;
  const Expr &expr = form.pool[id];
  if (expr.width != Width::Scalar)
    for (ExprId operand : expr.operands)
      collectScalars(operand, seen);
  else if (expr.kind != ExprKind::Constant)
    scalars.push_back(id);
}

int64_t RecurrencePlan::keyOffset(const Key &key) const {
  return 4 * (llvm::find(keys, key) - keys.begin()) * spec.paddedK();
}

int64_t RecurrencePlan::scalarOffset(unsigned token, ExprId id) const {
  int64_t number = llvm::find(scalars, id) - scalars.begin();
  return overlapOffset(overlapCount() + token * scalars.size() + number);
}

int64_t RecurrencePlan::productOffset(const Product &product) const {
  return overlapOffset(overlapCount() + tokens() * scalars.size() + (llvm::find(products, product) - products.begin()));
}

int64_t RecurrencePlan::slotBytes() const {
  return llvm::alignTo(overlapOffset(overlapCount() + tokens() * scalars.size() + products.size()), 64);
}

unsigned RecurrencePlan::argCount() const {
  attn::RecurrenceOp op = form.op; // accessors of ops are not const
  return op.getBody().getNumArguments() - states.size();
}

bool RecurrencePlan::isOfHead(unsigned index) const { return spec.rows && spec.rows->isComputed(index - states.size()); }

bool RecurrencePlan::hasResultOfHead() const { return spec.rows && spec.rows->after; }

Value RecurrencePlan::outRow(Emit &e, Value out, Value token, Value head) const {
  Value row = hasResultOfHead() ? token : e.add(e.mul(token, e.i64(spec.heads)), head);
  return e.at(out, e.mul(row, e.i64(4 * spec.valueDim)));
}

Value RecurrencePlan::argRow(Emit &e, ValueRange args, unsigned index, Value token, Value head) const {
  attn::RecurrenceOp op = form.op;
  Type type = op.getBody().getArgument(index).getType();
  int64_t width = mlir::isa<attn::KeyType>(type) ? spec.keyDim : mlir::isa<attn::ValueType>(type) ? spec.valueDim : 1;
  int64_t heads = spec.argHeads.empty() ? spec.heads : spec.argHeads[index];
  if (isOfHead(index))
    return e.at(args[index - states.size()], e.mul(token, e.i64(4 * width)));
  Value row = head;
  if (heads != spec.heads)
    row = spec.tiled ? e.rem(head, e.i64(heads)) : e.div(head, e.i64(spec.heads / heads));
  if (!op.hasArgFact(index, "constant"))
    row = e.add(e.mul(token, e.i64(heads)), row);
  return e.at(args[index - states.size()], e.mul(row, e.i64(4 * width)));
}

} // namespace braid::cpu
