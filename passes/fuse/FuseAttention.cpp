// SPDX-License-Identifier: Apache-2.0
/// \file
/// Vertical fusion of QK norm and rope into the attention that reads them.
#include "passes/fuse/Grow.h"

using namespace mlir;
using namespace braid::graph;
namespace braid::fuse {
#define GEN_PASS_DEF_FUSEATTENTIONPASS
#include "passes/fuse/Passes.h.inc"

namespace {

struct FuseAttention : impl::FuseAttentionPassBase<FuseAttention> {
  void runOnOperation() override {
    IRRewriter rewriter(&getContext());
    for (AttendOp op : opsOutsideKernels<AttendOp>(getOperation())) {
      SmallVector<Operation *> group = {op};
      // Upwards from queries and keys: rope, then norm, each read by nobody else.
      for (Value value : {op.getQuery(), op.getKey()}) {
        // The prologue works head by head: what mixes the heads stays outside.
        int64_t heads = value == op.getQuery() ? op.getHeads() : op.getState().getType().getHeads();
        auto take = [&](auto producer) {
          bool fits = producer && producer->hasOneUse() && producer->getBlock() == op->getBlock() &&
                      int64_t(producer.getHeads()) == heads;
          if (fits)
            group.push_back(producer);
          return fits;
        };
        if (auto rope = value.getDefiningOp<RopeOp>(); take(rope))
          value = rope.getInput();
        // One gain for all heads.
        auto norm = value.getDefiningOp<RmsNormOp>();
        if (norm && norm.getGain().getType().getShape()[0] == op.getState().getType().getDim())
          take(norm);
      }
      formKernel(rewriter, group);
    }
  }
};

} // namespace
} // namespace braid::fuse
