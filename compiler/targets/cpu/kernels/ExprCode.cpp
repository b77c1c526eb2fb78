// SPDX-License-Identifier: Apache-2.0
/// \file
/// Expressions as arithmetic on scalars and vectors.
#include "compiler/targets/cpu/kernels/ExprCode.h"

#include "compiler/targets/cpu/kernels/VectorMath.h"

using namespace mlir;
using namespace braid::derive;
namespace braid::cpu {

Value emitFunction(Emit &e, attn::Function function, Value x) {
  using F = attn::Function;
  Value zero = e.constant(x.getType(), 0.0), one = e.constant(x.getType(), 1.0);
  switch (function) {
  case F::Exp: return emitExp(e, x);
  case F::Log: return emitLog(e, x);
  case F::Sigmoid: return emitSigmoid(e, x);
  case F::Softplus: return emitSoftplus(e, x);
  case F::Tanh: return emitTanh(e, x);
  case F::Relu: return e.max(zero, x);
  case F::Abs: return math::AbsFOp::create(e, x);
  case F::Sqrt: return math::SqrtOp::create(e, x);
  case F::Rsqrt: return emitRsqrt(e, x);
  case F::Reciprocal: return e.div(one, x);
  }
  llvm_unreachable("unknown function");
}

Value emitArithmetic(Emit &e, const Expr &expr, ArrayRef<Value> operands) {
  switch (expr.kind) {
  case ExprKind::Add: return e.add(operands[0], operands[1]);
  case ExprKind::Sub: return e.sub(operands[0], operands[1]);
  case ExprKind::Mul:
  case ExprKind::Scale: return e.mul(operands[0], operands[1]);
  case ExprKind::Neg: return arith::NegFOp::create(e, operands[0]);
  case ExprKind::Map: return emitFunction(e, expr.function, operands[0]);
  default: llvm_unreachable("no arithmetic");
  }
}

Value VectorCode::get(ExprId id) {
  if (auto found = known.find(id); found != known.end())
    return found->second;
  const Expr &expr = pool[id];
  Value value;
  if (expr.kind == ExprKind::Constant)
    value = emit.constant(emit.vf32(), expr.constant);
  else if (expr.width == Width::Scalar || expr.operands.empty())
    value = leaf(id);
  else
    value = emitArithmetic(emit, expr, llvm::map_to_vector(expr.operands, [&](ExprId operand) { return get(operand); }));
  return known[id] = value;
}

} // namespace braid::cpu
