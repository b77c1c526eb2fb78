// SPDX-License-Identifier: Apache-2.0
/// \file
/// Vertical fusion of what computes the rows of latent attention into the attention that writes and reads them.
#include "passes/fuse/Grow.h"

using namespace mlir;
using namespace braid::graph;
namespace braid::fuse {
#define GEN_PASS_DEF_FUSELATENTATTENTIONPASS
#include "passes/fuse/Passes.h.inc"

namespace {

struct FuseLatentAttention : impl::FuseLatentAttentionPassBase<FuseLatentAttention> {
  void runOnOperation() override {
    IRRewriter rewriter(&getContext());
    for (LatentAttendOp op : opsOutsideKernels<LatentAttendOp>(getOperation())) {
      SmallVector<Operation *> group = {op};
      for (size_t i = 0; i < group.size(); ++i) // it grows meanwhile
        for (Value operand : group[i]->getOperands()) {
          Operation *producer = operand.getDefiningOp();
          // What others read as well is in memory anyway.
          if (producer && producer->hasTrait<RowLocal>() && producer->hasOneUse() && producer->getBlock() == op->getBlock())
            group.push_back(producer);
        }
      formKernel(rewriter, group);
    }
  }
};

} // namespace
} // namespace braid::fuse
