// SPDX-License-Identifier: Apache-2.0
/// \file
/// What a normal form costs, and its text.
#include "passes/derive/Normal.h"

using namespace mlir;
namespace braid::derive {

bool NormalForm::hasChunk() const {
  return structure == Structure::Affine && llvm::all_of(decays, [](const Decay &decay) { return decay.nonPositive; });
}

bool NormalForm::isColumn(unsigned index) const {
  attn::RecurrenceOp variant = op; // accessors of ops are not const
  return isa<attn::ColumnType>(variant.getBody().getArgument(index).getType());
}

std::vector<ExprId> NormalForm::schedule(ArrayRef<ExprId> roots) const {
  std::vector<bool> needed(pool.size(), false);
  SmallVector<ExprId> open;
  for (ExprId root : roots)
    if (root != noExpr)
      open.push_back(root);
  while (!open.empty()) {
    ExprId id = open.pop_back_val();
    if (needed[id])
      continue;
    needed[id] = true;
    open.append(pool[id].operands.begin(), pool[id].operands.end());
  }
  std::vector<ExprId> order;
  for (ExprId id = 0; id < pool.size(); ++id)
    if (needed[id])
      order.push_back(id);
  return order;
}

std::vector<ExprId> NormalForm::schedule() const {
  SmallVector<ExprId> roots = {output};
  for (const Decay &decay : decays)
    roots.append({decay.scalarFactor, decay.keyFactor, decay.valueFactor});
  for (const Write &write : writes)
    roots.append({write.key, write.value});
  for (const Read &read : reads)
    roots.push_back(read.key);
  return schedule(roots);
}

Cost NormalForm::flops() const {
  Cost cost;
  for (auto [index, decay] : llvm::enumerate(decays)) {
    bool byKeys = decay.keyLog != noExpr, byValues = decay.valueLog != noExpr; // each takes a scalar along
    (isColumn(index) ? cost.k : cost.kv) += byKeys && byValues ? 2 : decay.isNone() ? 0 : 1;
  }
  for (const Read &read : reads)
    (isColumn(read.state) ? cost.k : cost.kv) += 2;
  for (const Write &write : writes)
    (isColumn(write.state) ? cost.k : cost.kv) += 2;
  auto along = [&](Width width) -> double & {
    return width == Width::Key ? cost.k : width == Width::Value ? cost.v : cost.one;
  };
  for (ExprId id : schedule()) {
    const Expr &expr = pool[id];
    if (expr.isConstant || expr.operands.empty())
      continue;
    if (expr.kind == ExprKind::Dot)
      along(pool[expr.operands[0]].width) += 2;
    else
      along(expr.width) += 1;
  }
  return cost;
}

Cost NormalForm::stateBytes() const {
  Cost cost;
  for (unsigned index = 0; index < decays.size(); ++index)
    (isColumn(index) ? cost.k : cost.kv) += 4;
  return cost;
}

Cost NormalForm::scanBytes() const {
  Cost cost;
  cost.v += 4; // the output
  for (ExprId id : schedule())
    if (const Expr &expr = pool[id]; expr.kind == ExprKind::Input && !expr.isConstant)
      (expr.width == Width::Key ? cost.k : expr.width == Width::Value ? cost.v : cost.one) += 4;
  return cost;
}

Cost NormalForm::stepBytes() const {
  Cost cost = scanBytes(), state = stateBytes();
  cost.kv += 2 * state.kv;
  cost.k += 2 * state.k;
  return cost;
}

} // namespace braid::derive
