// SPDX-License-Identifier: Apache-2.0
/// \file
/// A short hand for naive meanings that are nests of loops.
#pragma once

#include "dialects/braid/ops/Support.h"

namespace braid::graph {

/// Emits scalar code at the builder's position.
struct Naive {
  using Value = mlir::Value;
  using Values = llvm::SmallVector<mlir::Value>;
  using Body = llvm::function_ref<Values(Value, mlir::ValueRange)>;
  mlir::ImplicitLocOpBuilder &b;

  Value index(int64_t v) const { return mlir::arith::ConstantIndexOp::create(b, v); }
  Value f32(double v) const { return mlir::arith::ConstantOp::create(b, b.getF32FloatAttr(v)); }
  Value lowest() const { return f32(-std::numeric_limits<double>::infinity()); }
  Value add(Value x, Value y) const; ///< of indices or f32
  Value mul(Value x, Value y) const; ///< of indices or f32
  Value sub(Value x, Value y) const { return mlir::arith::SubFOp::create(b, x, y); }
  Value div(Value x, Value y) const { return mlir::arith::DivFOp::create(b, x, y); }
  Value exp(Value x) const { return mlir::math::ExpOp::create(b, x); }
  Value greater(Value x, Value y) const;      ///< f32, false on NaN
  Value less(Value x, Value y) const;         ///< unsigned indices
  Value select(Value c, Value x, Value y) const { return mlir::arith::SelectOp::create(b, c, x, y); }
  /// Of a tensor or a memref.
  Value at(Value from, mlir::ValueRange indices) const;
  void store(Value value, Value memory, mlir::ValueRange indices) const;
  Value insert(Value value, Value tensor, mlir::ValueRange indices) const;
  /// `size` numbers on the stack, for one token's work.
  Value local(int64_t size) const;

  /// body(i, carried) for i in [from, to), which gives what is carried on.
  Values loop(Value from, Value to, mlir::ValueRange carried, Body body) const;
  Values loop(int64_t to, mlir::ValueRange carried, Body body) const { return loop(index(0), index(to), carried, body); }
  /// Loops that carry nothing, or one value.
  void each(int64_t to, llvm::function_ref<void(Value)> body) const;
  Value fold(int64_t to, Value start, llvm::function_ref<Value(Value, Value)> body) const;
};

/// The nonlinearity of one number, as `braid.activate` defines it.
mlir::Value activate(mlir::ImplicitLocOpBuilder &b, Activation kind, mlir::Value x);

} // namespace braid::graph
