// SPDX-License-Identifier: Apache-2.0
/// \file
/// Expressions over one token's inputs and what it reads from the state: a graph in which equal things are one thing.
#pragma once

#include "dialects/Precompiled.h"
#include "dialects/attn/Attn.h"

#include <map>

namespace braid::derive {

/// The number of an expression in its pool.
using ExprId = unsigned;
inline constexpr ExprId noExpr = ~0u;

/// Along what an expression extends: one number, the K key channels, the V value channels.
enum class Width { Scalar, Key, Value };

enum class ExprKind { Input, Constant, Read, Add, Sub, Mul, Scale, Dot, Neg, Map };

/// One node. Operands come before it in the pool, so a walk in the order of numbers is an evaluation.
struct Expr {
  ExprKind kind;
  Width width;
  /// Add, Sub, Mul, Dot: both sides; Scale: the vector, then the scalar; Neg, Map: one.
  llvm::SmallVector<ExprId, 2> operands;
  /// Input: the number of the variant's argument (states count); Read: the number of the read.
  unsigned index = 0;
  /// Map.
  attn::Function function = attn::Function::Exp;
  /// Constant.
  double constant = 0;
  /// Whether a read of the state is below.
  bool usesState = false;
  /// Whether it is the same for every token: constants and inputs marked so alone are below.
  bool isConstant = false;
};

/// The expressions of a step, with the few simplifications that make equal keys equal.
class ExprPool {
public:
  const Expr &operator[](ExprId id) const { return exprs[id]; }
  size_t size() const { return exprs.size(); }

  ExprId input(unsigned argument, Width width, bool isConstant);
  ExprId constant(double value, Width width);
  ExprId read(unsigned index, Width width);
  ExprId add(ExprId x, ExprId y);
  ExprId sub(ExprId x, ExprId y);
  ExprId mul(ExprId x, ExprId y);
  ExprId scale(ExprId vector, ExprId factor);
  ExprId dot(ExprId x, ExprId y);
  ExprId neg(ExprId x);
  ExprId map(attn::Function function, ExprId x);

  /// A key as (vector, scalar): x = vector scaled by the scalar; the scalar is noExpr when there is none.
  std::pair<ExprId, ExprId> splitScalar(ExprId x);
  /// x y where either may be noExpr, which counts as one.
  ExprId product(ExprId x, ExprId y);
  /// x + y where either may be noExpr, which counts as zero.
  ExprId sum(ExprId x, ExprId y);
  /// x scaled by a factor that may be noExpr, which counts as one.
  ExprId scaled(ExprId x, ExprId factor) { return factor == noExpr ? x : scale(x, factor); }

  /// Where an expression comes from in the source; the location of `id` is set when it has none.
  void setLocation(ExprId id, mlir::Location location) { locations.try_emplace(id, location); }
  std::optional<mlir::Location> location(ExprId id) const;

  /// Gives reads other numbers: `numbers[old]` is the new one.
  void renumberReads(llvm::ArrayRef<unsigned> numbers);

private:
  ExprId get(Expr expr);
  bool isNumber(ExprId id, double value) const;

  std::vector<Expr> exprs;
  std::map<std::string, ExprId> known;
  std::map<ExprId, mlir::Location> locations;
};

/// The value of a function at x, in float64.
double apply(attn::Function function, double x);

} // namespace braid::derive
