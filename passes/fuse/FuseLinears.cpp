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

/// The only reader of a value, where it is of that kind.
template <typename T> T onlyReader(Value value) {
  return value.hasOneUse() ? dyn_cast<T>(*value.user_begin()) : T();
}

/// A map's result, or what it is times a constant.
Value timesFactor(LinearOp op) {
  auto scale = onlyReader<ScaleOp>(op.getResult());
  return scale ? scale.getResult() : op.getResult();
}

/// Of f(gate) * up, where both are maps of the same input: the product; else null.
Operation *gatedProduct(LinearOp op) {
  auto mapBehind = [](Value value) {
    if (auto scale = value.getDefiningOp<ScaleOp>(); scale && value.hasOneUse())
      value = scale.getInput();
    return value.hasOneUse() ? value.getDefiningOp<LinearOp>() : LinearOp();
  };
  auto gateBehind = [&](Value value) {
    auto activation = value.getDefiningOp<ActivateOp>();
    return activation && value.hasOneUse() ? mapBehind(activation.getInput()) : LinearOp();
  };
  Value value = timesFactor(op);
  if (auto activation = onlyReader<ActivateOp>(value))
    value = activation.getResult();
  auto product = onlyReader<arith::MulFOp>(value);
  if (!product)
    return nullptr;
  for (auto [f, up] : {std::pair(product.getLhs(), product.getRhs()), {product.getRhs(), product.getLhs()}}) {
    LinearOp gate = gateBehind(f), gated = mapBehind(up);
    if (gate && gated && gate.getInput() == gated.getInput() && gate.getType() == gated.getType() &&
        bool(gate.getBias()) == bool(gated.getBias()) &&
        gate.getWeight().getType().getStorage() == gated.getWeight().getType().getStorage())
      return product;
  }
  return nullptr;
}

struct FuseLinears : impl::FuseLinearsPassBase<FuseLinears> {
  void runOnOperation() override {
    // Every linear map becomes a contraction kernel; those of a block with the same input and storage become one.
    llvm::MapVector<std::tuple<Block *, Value, int, Operation *>, SmallVector<Operation *>> groups;
    for (LinearOp op : opsOutsideKernels<LinearOp>(getOperation())) {
      int storage = int(op.getWeight().getType().getStorage());
      // A map with a bias and one without have different epilogues; so have a gate and what it gates.
      groups[{op->getBlock(), op.getInput(), 2 * storage + bool(op.getBias()), gatedProduct(op)}].push_back(op);
    }
    IRRewriter rewriter(&getContext());
    for (auto &[key, ops] : groups)
      if (!formKernel(rewriter, ops))
        for (Operation *op : ops)
          formKernel(rewriter, op);
  }
};

} // namespace
} // namespace braid::fuse
