// SPDX-License-Identifier: Apache-2.0
/// \file
/// Vertical fusion of a norm into the contraction behind it.
#include "passes/fuse/Grow.h"

using namespace mlir;
using namespace braid::graph;
namespace braid::fuse {
#define GEN_PASS_DEF_FUSENORMPASS
#include "passes/fuse/Passes.h.inc"

namespace {

struct FuseNorm : impl::FuseNormPassBase<FuseNorm> {
  void runOnOperation() override {
    IRRewriter rewriter(&getContext());
    for (RmsNormOp norm : opsOutsideKernels<RmsNormOp>(getOperation())) {
      // All readers must be one contraction: a norm that is computed anyway is not computed twice.
      llvm::SetVector<Operation *> users(norm->user_begin(), norm->user_end());
      if (norm.getHeads() != 1 || users.size() != 1)
        continue;
      auto kernel = dyn_cast<KernelOp>(users.front());
      if (kernel && holds<LinearOp>(kernel))
        formKernel(rewriter, {norm, kernel});
    }
  }
};

} // namespace
} // namespace braid::fuse
