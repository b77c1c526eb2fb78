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
  }
};

} // namespace
} // namespace braid::fuse
