// SPDX-License-Identifier: Apache-2.0
/// \file
/// The algebra of a token for all tokens of a chunk at once.
#include "passes/derive/ChunkEmitter.h"
#include "passes/derive/Range.h"

using namespace mlir;
namespace braid::derive {

bool ChunkEmitter::isShared(ExprId id) {
  if (id == noExpr)
    return true;
  if (auto known = sharing.find(id); known != sharing.end())
    return known->second;
  const Expr &expr = form.pool[id];
  bool result = !expr.usesState;
  if (expr.kind == ExprKind::Input)
    result = op.hasArgFact(expr.index, "shared");
  for (ExprId operand : expr.operands)
    result &= isShared(operand);
  return sharing[id] = result;
}

bool ChunkEmitter::isShared(ArrayRef<ExprId> ids) {
  return llvm::all_of(ids, [&](ExprId id) { return isShared(id); });
}

Value ChunkEmitter::at(bool shared, llvm::function_ref<Value()> emit) {
  OpBuilder::InsertionGuard guard(b);
  if (shared && heads)
    b.setInsertionPoint(heads);
  return emit();
}

Value ChunkEmitter::input(const Expr &expr) {
  Value value = function.getArgument(expr.index - (hasStates ? 0 : form.decays.size()));
  SmallVector<int64_t> sizes(b.shapeOf(value));
  if (heads && !op.hasArgFact(expr.index, "shared")) {
    SmallVector<OpFoldResult> offsets(sizes.size(), b.getIndexAttr(0));
    offsets[0] = head;
    sizes[0] = 1;
    value = b.slice(value, offsets, sizes, ArrayRef(sizes).drop_front());
    sizes.erase(sizes.begin());
  }
  if (!op.hasArgFact(expr.index, "constant"))
    return value;
  auto own = llvm::to_vector(llvm::seq<unsigned>(1, sizes.size() + 1));
  sizes.insert(sizes.begin(), shape.tokens);
  return b.spread(value, sizes, own);
}

/// Whether `id` is at most 0 after rounding too: a sum of inputs that are.
bool ChunkEmitter::hasBound(ExprId id) {
  const Expr &expr = form.pool[id];
  if (expr.kind == ExprKind::Add)
    return hasBound(expr.operands[0]) && hasBound(expr.operands[1]);
  return expr.kind == ExprKind::Input && op.getArgRange(expr.index).second <= 0;
}

static Value bounded(Tensors &b, Value x) {
  return arith::MinimumFOp::create(b, x, b.splat(0, b.shapeOf(x)));
}

Value ChunkEmitter::map(attn::Function function, ExprId operand) {
  using F = attn::Function;
  Value x = expr(operand);
  Tensors::Shape shape = b.shapeOf(x);
  auto one = [&] { return b.splat(1, shape); };
  // The stable forms take exp of -|x| alone.
  auto small = [&] { return b.exp(arith::NegFOp::create(b, math::AbsFOp::create(b, x))); };
  switch (function) {
  case F::Exp: {
    if (boundsOf(form.pool, op, operand).second <= 0)
      return b.exp(hasBound(operand) ? x : bounded(b, x));
    auto result = math::ExpOp::create(b, x); // the variant's own: no decay
    result->setAttr("attn.own", b.getUnitAttr());
    return result;
  }
  case F::Sigmoid: {
    Value e = small(), top = arith::SelectOp::create(
                           b, arith::CmpFOp::create(b, arith::CmpFPredicate::OGE, x, b.splat(0, shape)), one(), e);
    return arith::DivFOp::create(b, top, b.add(one(), e));
  }
  case F::Softplus:
    return b.add(arith::MaximumFOp::create(b, x, b.splat(0, shape)), math::Log1pOp::create(b, small()));
  case F::Log: return math::LogOp::create(b, x);
  case F::Tanh: return math::TanhOp::create(b, x);
  case F::Relu: return arith::MaximumFOp::create(b, x, b.splat(0, shape));
  case F::Abs: return math::AbsFOp::create(b, x);
  case F::Sqrt: return math::SqrtOp::create(b, x);
  case F::Rsqrt: return arith::DivFOp::create(b, one(), math::SqrtOp::create(b, x));
  case F::Reciprocal: return arith::DivFOp::create(b, one(), x);
  }
  llvm_unreachable("unknown function");
}

Value ChunkEmitter::expr(ExprId id) {
  if (auto known = values.find(id); known != values.end())
    return known->second;
  const Expr &expr = form.pool[id];
  Value result = at(isShared(id), [&]() -> Value {
    auto operand = [&](unsigned i) { return this->expr(expr.operands[i]); };
    switch (expr.kind) {
    case ExprKind::Input: return input(expr);
    case ExprKind::Constant: {
      int64_t width = expr.width == Width::Key ? shape.K : shape.V;
      if (expr.width == Width::Scalar)
        return b.splat(expr.constant, {shape.tokens});
      return b.splat(expr.constant, {shape.tokens, width});
    }
    case ExprKind::Read: llvm_unreachable("expected reads to be defined");
    case ExprKind::Add: return arith::AddFOp::create(b, operand(0), operand(1));
    case ExprKind::Sub: return arith::SubFOp::create(b, operand(0), operand(1));
    case ExprKind::Mul: return arith::MulFOp::create(b, operand(0), operand(1));
    case ExprKind::Neg: return arith::NegFOp::create(b, operand(0));
    case ExprKind::Map: return map(expr.function, expr.operands[0]);
    case ExprKind::Scale: {
      Value x = operand(0), y = operand(1);
      return b.map(b.shapeOf(x), {{x, {0, 1}}, {y, {0}}}, [&](ValueRange v) { return b.mul(v[0], v[1]); });
    }
    case ExprKind::Dot: {
      Value x = operand(0), y = operand(1);
      return b.sum(b.shapeOf(x), {0}, {{x, {0, 1}}, {y, {0, 1}}}, [&](ValueRange v) { return b.mul(v[0], v[1]); });
    }
    }
    llvm_unreachable("unknown expression");
  });
  return values[id] = result;
}

Value ChunkEmitter::maskRows(Value x) {
  auto all = llvm::to_vector(llvm::seq<unsigned>(0, b.shapeOf(x).size()));
  return b.map(b.shapeOf(x), {{x, all}}, [&](ValueRange v) { return b.where(b.less(b.position(0), tokens), v[0]); });
}

Value ChunkEmitter::masked(ExprId id) {
  if (id == noExpr)
    return {};
  Value &result = maskedValues[id];
  if (!result) {
    Value x = expr(id);
    result = at(isShared(id), [&] { return maskRows(x); });
  }
  return result;
}

Value ChunkEmitter::maskedLog(ExprId id) {
  if (id == noExpr || hasBound(id))
    return masked(id);
  Value &result = maskedLogs[id];
  if (!result) {
    Value x = expr(id);
    result = at(isShared(id), [&] { return maskRows(bounded(b, x)); });
  }
  return result;
}

Value ChunkEmitter::state(unsigned index) {
  Value &result = states[index];
  if (result)
    return result;
  Value value = function.getArgument(index);
  SmallVector<int64_t> sizes(b.shapeOf(value));
  if (heads) {
    value = heads.getRegionIterArg(index);
    SmallVector<OpFoldResult> offsets(sizes.size(), b.getIndexAttr(0));
    offsets[0] = head;
    sizes[0] = 1;
    value = b.slice(value, offsets, sizes, ArrayRef(sizes).drop_front());
  }
  if (form.isColumn(index))
    value = b.reshape(value, {shape.K, 1});
  return result = value;
}

} // namespace braid::derive
