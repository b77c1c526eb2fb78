// SPDX-License-Identifier: Apache-2.0
/// \file
/// Vertical fusion of a residual addition into the contraction or the mixture of experts before it.
#include "passes/fuse/Grow.h"

using namespace mlir;
using namespace braid::graph;
namespace braid::fuse {
#define GEN_PASS_DEF_FUSERESIDUALPASS
#include "passes/fuse/Passes.h.inc"

namespace {

struct FuseResidual : impl::FuseResidualPassBase<FuseResidual> {
  void runOnOperation() override {
    SmallVector<arith::AddFOp> additions;
    getOperation().walk([&](arith::AddFOp op) {
      if (!op->getParentOfType<KernelOp>())
        additions.push_back(op);
    });
    IRRewriter rewriter(&getContext());
    for (arith::AddFOp op : additions)
      // The later operand is the block's output, the earlier one the residual stream.
      for (Value operand : {op.getRhs(), op.getLhs()}) {
        // A mixture of experts adds to what is there as well.
        if (auto experts = operand.getDefiningOp<ExpertsOp>(); experts && operand.hasOneUse()) {
          if (formKernel(rewriter, {experts, op}))
            break;
          continue;
        }
        auto kernel = operand.getDefiningOp<KernelOp>();
        if (!kernel || kernel->getNumResults() != 1 || !operand.hasOneUse() || !holds<LinearOp>(kernel) ||
            holds<arith::AddFOp>(kernel))
          continue;
        if (formKernel(rewriter, {kernel, op}))
          break;
      }
  }
};

} // namespace
} // namespace braid::fuse
