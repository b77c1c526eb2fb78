// SPDX-License-Identifier: Apache-2.0
/// \file
/// Replaces ops by their naive meanings.
#include "passes/reference/Passes.h"

using namespace mlir;
namespace braid::reference {
#define GEN_PASS_DEF_EXPANDMEANINGPASS
#include "passes/reference/Passes.h.inc"

namespace {

void dissolve(graph::KernelOp kernel) {
  IRRewriter rewriter(kernel);
  Operation *end = kernel.getBody().front().getTerminator();
  SmallVector<Value> results(end->getOperands());
  rewriter.eraseOp(end);
  rewriter.inlineBlockBefore(&kernel.getBody().front(), kernel, kernel.getInputs());
  rewriter.replaceOp(kernel, results);
}

struct ExpandMeaning : impl::ExpandMeaningPassBase<ExpandMeaning> {
  void runOnOperation() override {
    if (failed(findVariants()))
      return signalPassFailure();
    getOperation()->walk([](graph::KernelOp kernel) { dissolve(kernel); });
    SmallVector<graph::NaiveMeaning> ops;
    getOperation()->walk([&](graph::NaiveMeaning op) { ops.push_back(op); });
    for (graph::NaiveMeaning op : ops) {
      ImplicitLocOpBuilder builder(op->getLoc(), op);
      SmallVector<Value> values = op.naiveMeaning(builder);
      op->replaceAllUsesWith(values);
      op->erase();
    }
  }

  /// The meaning of attention is its variant's; one of the catalogue is brought in where the whole module is at hand.
  LogicalResult findVariants() {
    if (auto module = dyn_cast<ModuleOp>(getOperation()))
      return graph::importVariants(module);
    WalkResult result = getOperation()->walk([&](graph::UsesVariant op) -> WalkResult {
      if (SymbolTable::lookupNearestSymbolFrom(op, StringAttr::get(op->getContext(), op.getVariant())))
        return WalkResult::advance();
      return op.emitOpError() << "expected the module to define the variant '" << op.getVariant() << "'";
    });
    return failure(result.wasInterrupted());
  }
};

} // namespace
} // namespace braid::reference
