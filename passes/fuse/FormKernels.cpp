// SPDX-License-Identifier: Apache-2.0
/// \file
/// Wraps what is left, so that every computation is a kernel.
#include "passes/fuse/Grow.h"

using namespace mlir;
using namespace braid::graph;
namespace braid::fuse {
#define GEN_PASS_DEF_FORMKERNELSPASS
#include "passes/fuse/Passes.h.inc"

namespace {

struct FormKernels : impl::FormKernelsPassBase<FormKernels> {
  void runOnOperation() override {
    SmallVector<Operation *> ops;
    for (Operation &op : getOperation().getOps()) {
      bool computes = llvm::any_of(op.getResultTypes(), [](Type type) { return isa<RankedTensorType>(type); });
      // A tail is a view, and a layer is called, not run as a kernel.
      if (computes && !isa<KernelOp, TailOp, func::CallOp>(op))
        ops.push_back(&op);
    }
    IRRewriter rewriter(&getContext());
    for (Operation *op : ops)
      formKernel(rewriter, op);
    getOperation().walk([&](func::ReturnOp end) { copyPassedThrough(rewriter, end); });
  }

  /// A kernel or a layer writes a returned tensor where the caller wants it. One that is only passed through (an
  /// argument, a view, or what is returned already) is copied there.
  static void copyPassedThrough(RewriterBase &rewriter, func::ReturnOp end) {
    llvm::DenseSet<Value> written;
    for (OpOperand &operand : end->getOpOperands()) {
      Value value = operand.get();
      if (!isa<RankedTensorType>(value.getType()))
        continue;
      if (isa_and_present<KernelOp, func::CallOp>(value.getDefiningOp()) && written.insert(value).second)
        continue;
      rewriter.setInsertionPoint(end);
      auto copy = KernelOp::create(rewriter, end.getLoc(), value.getType(), value);
      Block *body = rewriter.createBlock(&copy.getBody(), {}, value.getType(), end.getLoc());
      YieldOp::create(rewriter, end.getLoc(), body->getArgument(0));
      operand.set(copy.getResult(0));
    }
  }
};

} // namespace
} // namespace braid::fuse
