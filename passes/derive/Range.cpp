// SPDX-License-Identifier: Apache-2.0
/// \file
/// Bounds of expressions by interval arithmetic.
#include "passes/derive/Range.h"

#include <cmath>
#include <limits>

using namespace mlir;
namespace braid::derive {

namespace {
using Bounds = std::pair<double, double>;
const double infinity = std::numeric_limits<double>::infinity();

Bounds product(Bounds x, Bounds y) {
  Bounds result = {infinity, -infinity};
  for (double a : {x.first, x.second})
    for (double b : {y.first, y.second}) {
      double p = a == 0 || b == 0 ? 0 : a * b; // a bound that is not reached, times nothing
      result = {std::min(result.first, p), std::max(result.second, p)};
    }
  return result;
}

Bounds image(attn::Function function, Bounds x) {
  using F = attn::Function;
  switch (function) {
  case F::Exp:
  case F::Sigmoid:
  case F::Softplus:
  case F::Tanh:
  case F::Relu: // these rise
    return {apply(function, x.first), apply(function, x.second)};
  case F::Log:
    return {x.first > 0 ? std::log(x.first) : -infinity, x.second > 0 ? std::log(x.second) : infinity};
  case F::Sqrt:
    return {x.first > 0 ? std::sqrt(x.first) : 0, x.second >= 0 ? std::sqrt(x.second) : infinity};
  case F::Abs: {
    double far = std::max(std::abs(x.first), std::abs(x.second));
    return {x.first > 0 || x.second < 0 ? std::min(std::abs(x.first), std::abs(x.second)) : 0, far};
  }
  case F::Rsqrt:
  case F::Reciprocal: // these fall, where the number is positive
    if (x.first <= 0)
      return function == F::Rsqrt ? Bounds(0, infinity) : Bounds(-infinity, infinity);
    return {apply(function, x.second), apply(function, x.first)};
  }
  llvm_unreachable("unknown function");
}
} // namespace

Bounds boundsOf(const ExprPool &pool, attn::RecurrenceOp op, ExprId id) {
  const Expr &expr = pool[id];
  auto operand = [&](unsigned i) { return boundsOf(pool, op, expr.operands[i]); };
  switch (expr.kind) {
  case ExprKind::Input:
    return op.getArgRange(expr.index);
  case ExprKind::Constant:
    return {expr.constant, expr.constant};
  case ExprKind::Read:
    return {-infinity, infinity};
  case ExprKind::Add:
    return {operand(0).first + operand(1).first, operand(0).second + operand(1).second};
  case ExprKind::Sub:
    return {operand(0).first - operand(1).second, operand(0).second - operand(1).first};
  case ExprKind::Mul:
  case ExprKind::Scale: {
    Bounds bounds = product(operand(0), operand(1));
    if (expr.operands[0] == expr.operands[1])
      bounds.first = std::max(bounds.first, 0.0); // a square
    return bounds;
  }
  case ExprKind::Dot:
    return {expr.operands[0] == expr.operands[1] ? 0 : -infinity, infinity};
  case ExprKind::Neg:
    return {-operand(0).second, -operand(0).first};
  case ExprKind::Map:
    return image(expr.function, operand(0));
  }
  llvm_unreachable("unknown expression");
}

} // namespace braid::derive
