// SPDX-License-Identifier: Apache-2.0
/// \file
/// A small builder for functions on f32 tensors of static shape.
#pragma once

#include "dialects/Precompiled.h"

namespace braid::derive {

class Tensors : public mlir::ImplicitLocOpBuilder {
public:
  using ImplicitLocOpBuilder::ImplicitLocOpBuilder;
  using Shape = llvm::ArrayRef<int64_t>;

  /// A tensor and the loops that index it.
  struct Operand {
    mlir::Value tensor;
    llvm::SmallVector<unsigned> loops;
  };
  /// One number from numbers of the operands; within it, `position` is the number of a loop.
  using Body = llvm::function_ref<mlir::Value(mlir::ValueRange)>;

  mlir::RankedTensorType type(Shape shape) { return mlir::RankedTensorType::get(shape, getF32Type()); }
  static Shape shapeOf(mlir::Value tensor) { return mlir::cast<mlir::RankedTensorType>(tensor.getType()).getShape(); }

  mlir::Value f32(double value);
  mlir::Value index(int64_t value);
  mlir::Value splat(double value, Shape shape);
  mlir::Value zeros(Shape shape);

  /// Elementwise on tensors or numbers. noValue (a null x or y) is left out of sums and products.
  mlir::Value add(mlir::Value x, mlir::Value y);
  mlir::Value mul(mlir::Value x, mlir::Value y);
  mlir::Value exp(mlir::Value x) { return mlir::math::ExpOp::create(*this, x); }

  /// Each element of a tensor of `shape` from operands, which are indexed by some of its dimensions.
  mlir::Value map(Shape shape, llvm::ArrayRef<Operand> operands, Body body);
  /// The sums of `term` over the loops that are not `kept`.
  mlir::Value sum(Shape loops, llvm::ArrayRef<unsigned> kept, llvm::ArrayRef<Operand> operands, Body term);
  /// Each element of `tensor` from operands and, as the last argument of `body`, itself.
  mlir::Value update(mlir::Value tensor, llvm::ArrayRef<Operand> operands, Body body);
  mlir::Value position(unsigned loop) { return mlir::linalg::IndexOp::create(*this, loop); }
  mlir::Value less(mlir::Value x, mlir::Value y);
  /// x where the condition holds, else 0.
  mlir::Value where(mlir::Value condition, mlir::Value x);
  /// A tensor of `shape` from one that has only its dimensions `loops`.
  mlir::Value spread(mlir::Value tensor, Shape shape, llvm::ArrayRef<unsigned> loops);

  /// init + x y, or init + x^T y; a null init is zero.
  mlir::Value matmul(mlir::Value x, mlir::Value y, mlir::Value init = {}, bool isTransposed = false);
  mlir::Value transpose(mlir::Value matrix);
  /// The same numbers in another shape: dimensions are split or merged.
  mlir::Value reshape(mlir::Value tensor, Shape shape);

  /// A part of `tensor`: leading sizes of 1 that `shape` lacks are dropped.
  mlir::Value slice(mlir::Value tensor, llvm::ArrayRef<mlir::OpFoldResult> offsets, Shape sizes, Shape shape,
                    Shape strides = {});
  mlir::Value insert(mlir::Value part, mlir::Value tensor, llvm::ArrayRef<mlir::OpFoldResult> offsets, Shape sizes,
                     Shape strides = {});

  using LoopBody = llvm::function_ref<llvm::SmallVector<mlir::Value>(mlir::Value, mlir::ValueRange)>;
  llvm::SmallVector<mlir::Value> loop(mlir::Value from, mlir::Value to, mlir::Value step, mlir::ValueRange carried,
                                      LoopBody body);

private:
  mlir::Value generic(Shape loops, llvm::ArrayRef<Operand> operands, Operand result, Body body);
};

} // namespace braid::derive
