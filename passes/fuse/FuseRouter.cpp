// SPDX-License-Identifier: Apache-2.0
/// \file
/// Vertical fusion of a router into the contraction that computes its logits.
#include "passes/fuse/Grow.h"

using namespace mlir;
using namespace braid::graph;
namespace braid::fuse {
#define GEN_PASS_DEF_FUSEROUTERPASS
#include "passes/fuse/Passes.h.inc"

namespace {

struct FuseRouter : impl::FuseRouterPassBase<FuseRouter> {
  void runOnOperation() override {
    IRRewriter rewriter(&getContext());
    for (RouterOp op : opsOutsideKernels<RouterOp>(getOperation())) {
      Value logits = op.getLogits();
      // One that others read as well has to be in memory anyway; and a contraction has one router.
      auto kernel = logits.getDefiningOp<KernelOp>();
      if (logits.hasOneUse() && isa_and_present<LinearOp, ScaleOp>(definingOpInKernel(logits)) && holds<LinearOp>(kernel) &&
          !holds<RouterOp>(kernel))
        formKernel(rewriter, {kernel, op});
    }
  }
};

} // namespace
} // namespace braid::fuse
