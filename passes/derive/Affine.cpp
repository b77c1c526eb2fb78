// SPDX-License-Identifier: Apache-2.0
/// \file
/// Affine functions of the reads.
#include "passes/derive/Affine.h"

using namespace mlir;
namespace braid::derive {

namespace {
/// Sums, products and the like of affine functions, with their coefficients in the pool.
class Algebra {
public:
  explicit Algebra(ExprPool &pool) : pool(pool) {}

  Affine plus(Affine x, const Affine &y) {
    x.base = pool.sum(x.base, y.base);
    for (const Term &term : y.terms) {
      Term *old = llvm::find_if(x.terms, [&](const Term &t) { return t.read == term.read; });
      if (old == x.terms.end())
        x.terms.push_back(term);
      else
        old->coefficient = addCoefficients(old->coefficient, term.coefficient);
    }
    return x;
  }

  Affine negative(Affine x) {
    if (x.base != noExpr)
      x.base = pool.neg(x.base);
    for (Term &term : x.terms)
      term.coefficient = pool.neg(term.coefficient);
    return x;
  }

  /// x times `factor`, which is free of the state; of value width, or a scalar.
  Affine times(Affine x, ExprId factor) {
    if (x.base != noExpr)
      x.base = multiply(x.base, factor);
    for (Term &term : x.terms)
      term.coefficient = multiply(term.coefficient, factor);
    return x;
  }

private:
  ExprId multiply(ExprId x, ExprId y) {
    bool xIsVector = pool[x].width != Width::Scalar, yIsVector = pool[y].width != Width::Scalar;
    if (xIsVector == yIsVector)
      return pool.mul(x, y);
    return xIsVector ? pool.scale(x, y) : pool.scale(y, x);
  }
  ExprId addCoefficients(ExprId x, ExprId y) {
    if (pool[x].width != pool[y].width) {
      ExprId &scalar = pool[x].width == Width::Scalar ? x : y;
      scalar = pool.scale(pool.constant(1, Width::Value), scalar);
    }
    return pool.add(x, y);
  }

  ExprPool &pool;
};
} // namespace

std::optional<Affine> takeApart(ExprPool &pool, ExprId id, ExprId &culprit) {
  const Expr expr = pool[id]; // the pool grows below
  if (!expr.usesState)
    return Affine{id, {}};
  Algebra algebra(pool);
  auto operand = [&](unsigned i) { return takeApart(pool, expr.operands[i], culprit); };
  switch (expr.kind) {
  case ExprKind::Read:
    return Affine{noExpr, {{expr.index, pool.constant(1, Width::Scalar)}}};
  case ExprKind::Add:
  case ExprKind::Sub: {
    std::optional<Affine> x = operand(0), y = operand(1);
    if (!x || !y)
      return std::nullopt;
    return algebra.plus(*x, expr.kind == ExprKind::Sub ? algebra.negative(*y) : *y);
  }
  case ExprKind::Neg:
    if (std::optional<Affine> x = operand(0))
      return algebra.negative(*x);
    return std::nullopt;
  case ExprKind::Mul:
  case ExprKind::Scale:
    for (unsigned free : {0u, 1u})
      if (!pool[expr.operands[free]].usesState) {
        if (std::optional<Affine> x = operand(1 - free))
          return algebra.times(*x, expr.operands[free]);
        return std::nullopt;
      }
    break;
  default:
    break;
  }
  culprit = id;
  return std::nullopt;
}

} // namespace braid::derive
