// SPDX-License-Identifier: Apache-2.0
/// \file
/// Horizontal fusion of linear maps: the first step of every contraction kernel.
#include "passes/fuse/Grow.h"

using namespace mlir;
using namespace braid::graph;
namespace braid::fuse {
#define GEN_PASS_DEF_FUSELINEARSPASS
#include "passes/fuse/Passes.h.inc"

namespace {

struct FuseLinears : impl::FuseLinearsPassBase<FuseLinears> {
  void runOnOperation() override {
    // Every linear map becomes a contraction kernel; those of a block with the same input and storage become one.
    llvm::MapVector<std::tuple<Block *, Value, int>, SmallVector<Operation *>> groups;
    getOperation().walk([&](LinearOp op) {
      if (op->getParentOfType<KernelOp>())
        return;
      int storage = int(op.getWeight().getType().getStorage());
      // A map with a bias and one without have different epilogues.
      groups[{op->getBlock(), op.getInput(), 2 * storage + bool(op.getBias())}].push_back(op);
    });
    IRRewriter rewriter(&getContext());
    for (auto &[key, ops] : groups)
      if (!formKernel(rewriter, ops))
        for (Operation *op : ops)
          formKernel(rewriter, op);
  }
};

} // namespace
} // namespace braid::fuse
