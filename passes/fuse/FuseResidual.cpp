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
    SmallVector<arith::AddFOp> additions = opsOutsideKernels<arith::AddFOp>(getOperation());
    IRRewriter rewriter(&getContext());
    for (arith::AddFOp op : additions)
      addInTurn(op);
    for (arith::AddFOp op : additions)
      // The later operand is the block's output, the earlier one the residual stream.
      for (Value operand : {op.getRhs(), op.getLhs()})
        if (canAdd(operand) && formKernel(rewriter, {operand.getDefiningOp(), op}))
          break;
  }

  /// Whether what computes the value can add it to what is there: a contraction, or a mixture of experts.
  static bool canAdd(Value value) {
    if (!value.hasOneUse())
      return false;
    auto kernel = value.getDefiningOp<KernelOp>();
    return value.getDefiningOp<ExpertsOp>() || (kernel && kernel->getNumResults() == 1 && holds<LinearOp>(kernel) &&
                                                !holds<arith::AddFOp>(kernel));
  }

  /// x + (a + b) as (x + a) + b.
  static void addInTurn(arith::AddFOp op) {
    for (OpOperand *operand : {&op.getRhsMutable(), &op.getLhsMutable()}) {
      auto sum = operand->get().getDefiningOp<arith::AddFOp>();
      if (!sum || !sum->hasOneUse() || sum->getParentOfType<KernelOp>() || canAdd(op.getLhs()) || canAdd(op.getRhs()))
        continue;
      Value first = sum.getLhs(), last = sum.getRhs();
      if (!canAdd(last))
        std::swap(first, last);
      // What works row by row takes another sum for nothing.
      bool isRows = first.hasOneUse() && first.getDefiningOp() &&
                    (first.getDefiningOp()->hasTrait<RowLocal>() || first.getDefiningOp<arith::MulFOp>());
      if (!canAdd(last) || !(canAdd(first) || isRows))
        continue;
      Value stream = operand == &op.getRhsMutable() ? op.getLhs() : op.getRhs();
      sum->moveBefore(op);
      sum->setOperands({stream, first});
      op->setOperands({sum, last});
      return;
    }
  }
};

} // namespace
} // namespace braid::fuse
