// SPDX-License-Identifier: Apache-2.0
/// \file
/// Constant factors go where contractions and mixtures take them: behind linear maps, into the weights of experts.
#include "passes/fuse/Passes.h"

using namespace mlir;
using namespace braid::graph;
namespace braid::fuse {
#define GEN_PASS_DEF_PUSHSCALESPASS
#include "passes/fuse/Passes.h.inc"

namespace {

struct PushScales : impl::PushScalesPassBase<PushScales> {
  void runOnOperation() override {
    // In order: what a factor moves behind comes later.
    SmallVector<Operation *> ops;
    getOperation().walk([&](Operation *op) {
      if (isa<ScaleOp, LinearOp>(op) && !op->getParentOfType<KernelOp>())
        ops.push_back(op);
    });
    IRRewriter rewriter(&getContext());
    for (Operation *op : ops) {
      auto scale = op->getOperand(0).getDefiningOp<ScaleOp>();
      if (auto map = dyn_cast<LinearOp>(op); map && scale && !map.getBias()) {
        push(rewriter, scale, map);
      } else if (auto outer = dyn_cast<ScaleOp>(op)) {
        if (scale)
          merge(scale, outer);
        if (outer.getFactor().convertToDouble() == 1 || weigh(outer.getInput(), outer.getFactor()))
          rewriter.replaceOp(outer, outer.getInput());
        else
          distribute(rewriter, outer);
      }
      if (scale && scale.use_empty())
        rewriter.eraseOp(scale);
    }
  }

  static void push(RewriterBase &rewriter, ScaleOp scale, LinearOp map) {
    map.getInputMutable().assign(scale.getInput());
    // One that follows already takes the factor along; else a new one does.
    if (auto next = map->hasOneUse() ? dyn_cast<ScaleOp>(*map->user_begin()) : ScaleOp())
      return multiply(next, scale.getFactor());
    rewriter.setInsertionPointAfter(map);
    auto moved = ScaleOp::create(rewriter, scale.getLoc(), map.getType(), map.getResult(), scale.getFactorAttr());
    rewriter.replaceAllUsesExcept(map.getResult(), moved.getResult(), moved);
  }

  /// Whether a factor can become one of a router's weights: nobody else reads them, nor what the experts compute.
  static RouterOp routerOf(Value value) {
    auto experts = value.getDefiningOp<ExpertsOp>();
    if (!experts || !value.hasOneUse() || !experts.getWeights().hasOneUse())
      return nullptr;
    return experts.getWeights().getDefiningOp<RouterOp>();
  }

  static bool weigh(Value value, const APFloat &factor) {
    RouterOp router = routerOf(value);
    if (router)
      router.setScale(APFloat(router.getScale().convertToDouble() * factor.convertToDouble()));
    return bool(router);
  }

  /// c (a + b) = c a + c b, where both take factors.
  static void distribute(RewriterBase &rewriter, ScaleOp scale) {
    auto sum = scale.getInput().getDefiningOp<arith::AddFOp>();
    auto takes = [](Value value) { return value.hasOneUse() && (routerOf(value) || value.getDefiningOp<LinearOp>()); };
    if (!sum || !sum->hasOneUse() || !takes(sum.getLhs()) || !takes(sum.getRhs()))
      return;
    rewriter.setInsertionPoint(sum);
    for (OpOperand &operand : sum->getOpOperands())
      if (Value term = operand.get(); !weigh(term, scale.getFactor()))
        operand.set(ScaleOp::create(rewriter, scale.getLoc(), term.getType(), term, scale.getFactorAttr()));
    rewriter.replaceOp(scale, sum);
  }

  static void merge(ScaleOp inner, ScaleOp outer) {
    outer.getInputMutable().assign(inner.getInput());
    multiply(outer, inner.getFactor());
  }

  static void multiply(ScaleOp scale, const APFloat &factor) {
    double product = scale.getFactor().convertToDouble() * factor.convertToDouble();
    scale.setFactor(APFloat(product));
  }
};

} // namespace
} // namespace braid::fuse
