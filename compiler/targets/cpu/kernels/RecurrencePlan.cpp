// SPDX-License-Identifier: Apache-2.0
/// \file
/// What is prepared for a token, and where it is.
#include "compiler/targets/cpu/kernels/RecurrencePlan.h"

using namespace mlir;
using namespace braid::derive;
namespace braid::cpu {

RecurrencePlan::RecurrencePlan(const Recurrence &spec, const Isa &isa) : spec(spec), form(*spec.form), isa(isa) {
  for (const Read &read : form.reads)
    readKeys.push_back(addKey({read.key, noExpr}));
  for (const Write &write : form.writes)
    writeKeys.push_back(addKey({write.key, noExpr}));
  int64_t offset = 0;
  for (auto [index, decay] : llvm::enumerate(form.decays)) {
    State state;
    state.isColumn = form.isColumn(index);
    state.offset = offset;
    offset += spec.heads * headBytes(state);
    if (decay.keyFactor != noExpr)
      state.decayKey = addKey({decay.keyFactor, decay.scalarFactor});
    else if (decay.scalarFactor != noExpr)
      state.decayScalar = addScalar(decay.scalarFactor);
    for (auto [number, read] : llvm::enumerate(form.reads))
      if (read.state == index)
        state.reads.push_back(number);
    for (auto [number, write] : llvm::enumerate(form.writes))
      if (write.state == index)
        state.writes.push_back(number);
    states.push_back(state);
  }
  llvm::SmallDenseSet<ExprId> seen;
  collectScalars(form.output, seen);
  for (const Write &write : form.writes)
    if (!states[write.state].isColumn)
      collectScalars(write.value, seen);
}

unsigned RecurrencePlan::addKey(Key key) {
  auto found = llvm::find(keys, key);
  if (found == keys.end())
    found = (keys.push_back(key), std::prev(keys.end()));
  return found - keys.begin();
}

unsigned RecurrencePlan::addScalar(ExprId id) {
  auto found = llvm::find(scalars, id);
  if (found == scalars.end())
    found = (scalars.push_back(id), std::prev(scalars.end()));
  return found - scalars.begin();
}

bool RecurrencePlan::hasColumns() const {
  return llvm::any_of(states, [](const State &state) { return state.isColumn; });
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
    addScalar(id);
}

unsigned RecurrencePlan::argCount() const {
  attn::RecurrenceOp op = form.op; // accessors of ops are not const
  return op.getBody().getNumArguments() - states.size();
}

Value RecurrencePlan::argRow(Emit &e, ValueRange args, unsigned index, Value token, Value head) const {
  attn::RecurrenceOp op = form.op;
  Type type = op.getBody().getArgument(index).getType();
  int64_t width = mlir::isa<attn::KeyType>(type) ? spec.keyDim : mlir::isa<attn::ValueType>(type) ? spec.valueDim : 1;
  int64_t heads = spec.argHeads.empty() ? spec.heads : spec.argHeads[index];
  Value row = heads == spec.heads ? head : e.div(head, e.i64(spec.heads / heads));
  if (!op.hasArgFact(index, "constant"))
    row = e.add(e.mul(token, e.i64(heads)), row);
  return e.at(args[index - states.size()], e.mul(row, e.i64(4 * width)));
}

} // namespace braid::cpu
