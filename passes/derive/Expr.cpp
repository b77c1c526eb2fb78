// SPDX-License-Identifier: Apache-2.0
/// \file
/// Expressions over one token's inputs and reads.
#include "passes/derive/Expr.h"

#include <cmath>

using namespace mlir;
namespace braid::derive {

ExprId ExprPool::get(Expr expr) {
  std::string key;
  llvm::raw_string_ostream stream(key);
  stream << int(expr.kind) << ' ' << int(expr.width) << ' ' << expr.index << ' ' << int(expr.function) << ' '
         << llvm::bit_cast<uint64_t>(expr.constant);
  for (ExprId operand : expr.operands)
    stream << ' ' << operand;
  auto [entry, isNew] = known.try_emplace(key, exprs.size());
  if (!isNew)
    return entry->second;
  if (!expr.operands.empty()) {
    expr.isConstant = true;
    for (ExprId operand : expr.operands) {
      expr.usesState |= exprs[operand].usesState;
      expr.isConstant &= exprs[operand].isConstant;
    }
  }
  exprs.push_back(std::move(expr));
  return entry->second;
}

bool ExprPool::isNumber(ExprId id, double value) const {
  return exprs[id].kind == ExprKind::Constant && exprs[id].constant == value;
}

ExprId ExprPool::input(unsigned argument, Width width, bool isConstant) {
  Expr expr{ExprKind::Input, width, {}, argument};
  expr.isConstant = isConstant;
  return get(expr);
}

ExprId ExprPool::constant(double value, Width width) {
  Expr expr{ExprKind::Constant, width, {}};
  expr.constant = value;
  expr.isConstant = true;
  return get(expr);
}

ExprId ExprPool::read(unsigned index, Width width) {
  Expr expr{ExprKind::Read, width, {}, index};
  expr.usesState = true;
  return get(expr);
}

ExprId ExprPool::add(ExprId x, ExprId y) {
  if (isNumber(x, 0))
    return y;
  if (isNumber(y, 0))
    return x;
  return get({ExprKind::Add, exprs[x].width, {x, y}});
}

ExprId ExprPool::sub(ExprId x, ExprId y) {
  if (isNumber(y, 0))
    return x;
  return get({ExprKind::Sub, exprs[x].width, {x, y}});
}

ExprId ExprPool::mul(ExprId x, ExprId y) {
  if (isNumber(x, 1))
    return y;
  if (isNumber(y, 1))
    return x;
  return get({ExprKind::Mul, exprs[x].width, {std::min(x, y), std::max(x, y)}});
}

ExprId ExprPool::scale(ExprId vector, ExprId factor) {
  if (exprs[vector].width == Width::Scalar)
    return mul(vector, factor);
  if (isNumber(factor, 1))
    return vector;
  return get({ExprKind::Scale, exprs[vector].width, {vector, factor}});
}

ExprId ExprPool::dot(ExprId x, ExprId y) {
  return get({ExprKind::Dot, Width::Scalar, {std::min(x, y), std::max(x, y)}});
}

ExprId ExprPool::neg(ExprId x) {
  if (exprs[x].kind == ExprKind::Neg)
    return exprs[x].operands[0];
  return get({ExprKind::Neg, exprs[x].width, {x}});
}

ExprId ExprPool::map(attn::Function function, ExprId x) {
  Expr expr{ExprKind::Map, exprs[x].width, {x}};
  expr.function = function;
  return get(expr);
}

std::pair<ExprId, ExprId> ExprPool::splitScalar(ExprId x) {
  const Expr expr = exprs[x]; // the pool grows below
  if (expr.width == Width::Scalar)
    return {x, noExpr};
  if (expr.kind == ExprKind::Scale) {
    ExprId factor = expr.operands[1];
    auto [vector, inner] = splitScalar(expr.operands[0]);
    return {vector, product(inner, factor)};
  }
  if (expr.kind == ExprKind::Neg) {
    auto [vector, inner] = splitScalar(expr.operands[0]);
    return {vector, inner == noExpr ? constant(-1, Width::Scalar) : neg(inner)};
  }
  if (expr.kind == ExprKind::Mul) {
    ExprId left = expr.operands[0], right = expr.operands[1];
    auto [x1, s1] = splitScalar(left);
    auto [x2, s2] = splitScalar(right);
    if (s1 != noExpr || s2 != noExpr)
      return {mul(x1, x2), product(s1, s2)};
  }
  return {x, noExpr};
}

ExprId ExprPool::product(ExprId x, ExprId y) {
  if (x == noExpr || y == noExpr)
    return x == noExpr ? y : x;
  return mul(x, y);
}

ExprId ExprPool::sum(ExprId x, ExprId y) {
  if (x == noExpr || y == noExpr)
    return x == noExpr ? y : x;
  return add(x, y);
}

std::optional<Location> ExprPool::location(ExprId id) const {
  auto found = locations.find(id);
  if (found == locations.end())
    return std::nullopt;
  return found->second;
}

void ExprPool::renumberReads(ArrayRef<unsigned> numbers) {
  for (Expr &expr : exprs)
    if (expr.kind == ExprKind::Read)
      expr.index = numbers[expr.index];
  known.clear(); // the names of reads changed: the pool is complete
}

double apply(attn::Function function, double x) {
  using F = attn::Function;
  switch (function) {
  case F::Exp: return std::exp(x);
  case F::Log: return std::log(x);
  case F::Sigmoid: return x >= 0 ? 1 / (1 + std::exp(-x)) : std::exp(x) / (1 + std::exp(x));
  case F::Softplus: return std::max(x, 0.0) + std::log1p(std::exp(-std::abs(x)));
  case F::Tanh: return std::tanh(x);
  case F::Relu: return std::max(x, 0.0);
  case F::Abs: return std::abs(x);
  case F::Sqrt: return std::sqrt(x);
  case F::Rsqrt: return 1 / std::sqrt(x);
  case F::Reciprocal: return 1 / x;
  }
  llvm_unreachable("unknown function");
}

} // namespace braid::derive
