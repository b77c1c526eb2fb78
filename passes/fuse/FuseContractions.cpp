// SPDX-License-Identifier: Apache-2.0
/// \file
/// Horizontal fusion of contractions that read different tokens.
#include "passes/fuse/Grow.h"

using namespace mlir;
using namespace braid::graph;
namespace braid::fuse {
#define GEN_PASS_DEF_FUSECONTRACTIONSPASS
#include "passes/fuse/Passes.h.inc"

namespace {

/// A linear map, alone or as a kernel with what was fused around it.
bool isContraction(Operation &op) {
  auto kernel = dyn_cast<KernelOp>(op);
  return kernel ? holds<LinearOp>(kernel) : isa<LinearOp>(op);
}

bool hasRouter(Operation *op) {
  auto kernel = dyn_cast<KernelOp>(op);
  return kernel && holds<RouterOp>(kernel);
}

bool reads(Operation *op, Operation *other) {
  return llvm::any_of(op->getOperands(), [&](Value operand) { return operand.getDefiningOp() == other; });
}

struct FuseContractions : impl::FuseContractionsPassBase<FuseContractions> {
  void runOnOperation() override {
    IRRewriter rewriter(&getContext());
    for (Block *block : blocksOutsideKernels(getOperation()))
      while (joinTwo(rewriter, *block))
        ;
  }

  /// Joins the first two of which neither waits for the other; a kernel has one router.
  static bool joinTwo(RewriterBase &rewriter, Block &block) {
    SmallVector<Operation *> all;
    for (Operation &op : block)
      if (isContraction(op))
        all.push_back(&op);
    for (size_t second = 1; second < all.size(); ++second)
      for (size_t first = 0; first < second; ++first)
        if (!reads(all[second], all[first]) && !(hasRouter(all[first]) && hasRouter(all[second])) &&
            formKernel(rewriter, {all[first], all[second]}))
          return true;
    return false;
  }
};

} // namespace
} // namespace braid::fuse
