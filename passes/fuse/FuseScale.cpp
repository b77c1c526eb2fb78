// SPDX-License-Identifier: Apache-2.0
/// \file
/// Vertical fusion of constant factors into the contraction before them.
#include "passes/fuse/Grow.h"

using namespace mlir;
using namespace braid::graph;
namespace braid::fuse {
#define GEN_PASS_DEF_FUSESCALEPASS
#include "passes/fuse/Passes.h.inc"

namespace {

struct FuseScale : impl::FuseScalePassBase<FuseScale> {
  void runOnOperation() override {
    IRRewriter rewriter(&getContext());
    for (ScaleOp op : opsOutsideKernels<ScaleOp>(getOperation())) {
      // Each of a contraction's results has a factor of its own; one that is read without it stays as it is.
      Value input = op.getInput();
      if (input.hasOneUse() && isa_and_present<LinearOp>(definingOpInKernel(input)))
        formKernel(rewriter, {input.getDefiningOp(), op});
    }
  }
};

} // namespace
} // namespace braid::fuse
