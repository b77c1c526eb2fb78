// SPDX-License-Identifier: Apache-2.0
/// \file
/// Code for expressions over one token's inputs and reads.
#pragma once

#include "compiler/targets/cpu/Emit.h"
#include "passes/derive/Expr.h"

namespace braid::cpu {

/// `function` of f32 numbers, scalar or vector.
mlir::Value emitFunction(Emit &emit, attn::Function function, mlir::Value x);

/// A sum, product, negation or function from its operands, all scalar or all vectors.
mlir::Value emitArithmetic(Emit &emit, const derive::Expr &expr, llvm::ArrayRef<mlir::Value> operands);

/// 16 lanes of vector expressions. Each expression is emitted once.
class VectorCode {
public:
  /// Gives the lanes of an input, a read, or a scalar (every lane the same).
  using Leaf = llvm::function_ref<mlir::Value(derive::ExprId)>;

  VectorCode(Emit &emit, const derive::ExprPool &pool, Leaf leaf) : emit(emit), pool(pool), leaf(leaf) {}
  mlir::Value get(derive::ExprId id);

private:
  Emit &emit;
  const derive::ExprPool &pool;
  Leaf leaf;
  std::map<derive::ExprId, mlir::Value> known;
};

} // namespace braid::cpu
