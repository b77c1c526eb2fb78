// SPDX-License-Identifier: Apache-2.0
/// \file
/// Fusion of what works row by row.
#include "passes/fuse/Grow.h"

using namespace mlir;
using namespace braid::graph;
namespace braid::fuse {
#define GEN_PASS_DEF_FUSEROWSPASS
#include "passes/fuse/Passes.h.inc"

namespace {

/// Whether an op works row by row. Those that look back read rows before as well, of an input in memory.
bool isRowLocal(Operation &op) {
  bool isTokens = op.getNumResults() > 0 && isa<RankedTensorType>(op.getResult(0).getType());
  return isTokens && (isElementwise(&op) || op.hasTrait<RowLocal>() || isa<ShortConvOp, TokenShiftOp>(op));
}

/// Row-local ops, alone or as a kernel.
bool isRows(Operation *op) {
  if (auto kernel = dyn_cast<KernelOp>(op))
    return llvm::all_of(kernel.getBody().front().without_terminator(), isRowLocal);
  return isRowLocal(*op);
}

/// Calls `action` with each value that the op reads at other rows or features than its own.
void forEachSource(Operation *op, llvm::function_ref<void(Value)> action) {
  if (auto kernel = dyn_cast<KernelOp>(op)) {
    for (Operation &inner : kernel.getBody().front().without_terminator())
      forEachSource(&inner, [&](Value value) {
        if (auto argument = dyn_cast<BlockArgument>(value))
          action(kernel.getInputs()[argument.getArgNumber()]);
      });
    return;
  }
  if (isa<ShortConvOp, TokenShiftOp>(op))
    action(op->getOperand(0));
  if (auto rope = dyn_cast<RopeOp>(op))
    action(rope.getTable());
}

struct FuseRows : impl::FuseRowsPassBase<FuseRows> {
  void runOnOperation() override {
    IRRewriter rewriter(&getContext());
    for (Block *block : blocksOutsideKernels(getOperation())) {
      while (joinTwo(rewriter, *block))
        ;
      while (joinSiblings(rewriter, *block))
        ;
    }
  }

  /// Joins the first two that compute operands of one op: they wait for each other anyway.
  static bool joinSiblings(RewriterBase &rewriter, Block &block) {
    for (Operation &op : block) {
      if (isRows(&op) || !isa<KernelOp, NaiveMeaning>(op) || isa<TailOp>(op))
        continue;
      llvm::SetVector<Operation *> producers;
      for (Value operand : op.getOperands())
        if (Operation *producer = operand.getDefiningOp(); producer && isRows(producer))
          producers.insert(producer); // formKernel tells blocks apart
      for (size_t i = 1; i < producers.size(); ++i)
        for (size_t j = 0; j < i; ++j)
          if (!feeds(producers[i], producers[j]) && !feeds(producers[j], producers[i]) &&
              formKernel(rewriter, {producers[j], producers[i]}))
            return true;
    }
    return false;
  }

  /// Whether `user` reads a value of `op` from memory.
  static bool feeds(Operation *op, Operation *user) {
    bool needsMemory = false;
    forEachSource(user, [&](Value value) { needsMemory |= value.getDefiningOp() == op; });
    return needsMemory;
  }

  /// Joins the first two that exchange a value.
  static bool joinTwo(RewriterBase &rewriter, Block &block) {
    for (Operation &op : block) {
      if (!isRows(&op))
        continue;
      for (Operation *user : llvm::SetVector<Operation *>(op.user_begin(), op.user_end())) {
        if (user->getBlock() != &block || !isRows(user))
          continue;
        if (!feeds(&op, user) && formKernel(rewriter, {&op, user}))
          return true;
      }
    }
    return false;
  }
};

} // namespace
} // namespace braid::fuse
