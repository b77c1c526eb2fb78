// SPDX-License-Identifier: Apache-2.0
/// \file
/// Vertical fusion of nonlinearity and gating into the contraction before them.
#include "passes/fuse/Grow.h"

using namespace mlir;
using namespace braid::graph;
namespace braid::fuse {
#define GEN_PASS_DEF_FUSEGATEPASS
#include "passes/fuse/Passes.h.inc"

namespace {

/// Of a map, times a constant or not.
bool isLinearResult(Value value) {
  if (!value.hasOneUse())
    return false;
  Operation *op = definingOpInKernel(value);
  if (auto scale = dyn_cast_or_null<ScaleOp>(op))
    op = scale.getInput().getDefiningOp();
  return isa_and_present<LinearOp>(op);
}

struct FuseGate : impl::FuseGatePassBase<FuseGate> {
  void runOnOperation() override {
    IRRewriter rewriter(&getContext());
    for (ActivateOp op : opsOutsideKernels<ActivateOp>(getOperation())) {
      if (!isLinearResult(op.getInput()))
        continue;
      Operation *kernel = op.getInput().getDefiningOp();
      SmallVector<Operation *> group = {kernel, op};
      // f(gate) * up, where up is the same contraction's other half.
      if (op->hasOneUse())
        if (auto product = dyn_cast<arith::MulFOp>(*op->user_begin())) {
          Value other = product.getLhs() == op.getResult() ? product.getRhs() : product.getLhs();
          if (other.getDefiningOp() == kernel && kernel->getNumResults() == 2 && isLinearResult(other))
            group.push_back(product);
        }
      // A lone activation is fused where it is the contraction's only result.
      if (group.size() == 3 || kernel->getNumResults() == 1)
        formKernel(rewriter, group);
    }
  }
};

} // namespace
} // namespace braid::fuse
