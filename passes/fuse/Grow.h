// SPDX-License-Identifier: Apache-2.0
/// \file
/// The one mechanism of all fusions: several ops of a block become one kernel.
#pragma once

#include "passes/fuse/Passes.h"

namespace braid::fuse {

/// Replaces `ops` (kernels among them are dissolved into the new one) by one kernel. Does nothing and returns null when
/// the ops are of different blocks, or when that would make a cycle: when an op outside the group uses a result and
/// feeds the group.
graph::KernelOp formKernel(mlir::RewriterBase &rewriter, llvm::ArrayRef<mlir::Operation *> ops);

/// The op that computes a kernel's result `value` inside the body; null if `value` is no kernel's result.
mlir::Operation *definingOpInKernel(mlir::Value value);

/// Whether the kernel's body has an op of type T.
template <typename T> bool holds(graph::KernelOp kernel) {
  return llvm::any_of(kernel.getBody().front(), [](mlir::Operation &op) { return llvm::isa<T>(op); });
}

/// The ops of type T that no kernel has yet, in order: what a fusion starts from.
template <typename T> llvm::SmallVector<T> opsOutsideKernels(mlir::func::FuncOp function) {
  llvm::SmallVector<T> ops;
  function.walk([&](T op) {
    if (!op->template getParentOfType<graph::KernelOp>())
      ops.push_back(op);
  });
  return ops;
}

/// The blocks that are no kernel's body: where fusions look for ops side by side.
inline llvm::SmallVector<mlir::Block *> blocksOutsideKernels(mlir::func::FuncOp function) {
  llvm::SmallVector<mlir::Block *> blocks;
  function.walk([&](mlir::Block *block) {
    if (!llvm::isa<graph::KernelOp>(block->getParentOp()))
      blocks.push_back(block);
  });
  return blocks;
}

/// Whether each number of the op's result follows from the same number of its operands: the upstream ops that graphs
/// are made of beside those of braid.
inline bool isElementwise(mlir::Operation *op) {
  using namespace mlir;
  return isa<arith::AddFOp, arith::SubFOp, arith::MulFOp, arith::DivFOp, arith::NegFOp, arith::MaximumFOp,
             arith::MinimumFOp, math::AbsFOp, math::SqrtOp, math::RsqrtOp, math::ExpOp, math::TanhOp, math::LogOp>(op);
}

} // namespace braid::fuse
