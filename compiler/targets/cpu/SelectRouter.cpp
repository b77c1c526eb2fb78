// SPDX-License-Identifier: Apache-2.0
/// \file
/// Recognises routers.
#include "compiler/targets/cpu/SelectRouter.h"

using namespace mlir;
using namespace braid::graph;
namespace braid::cpu {

RouterPart::RouterPart(RouterOp op, Kernel &kernel) {
  Block &body = kernel.function.getBody().front();
  for (auto [i, result] : llvm::enumerate(body.getTerminator()->getOperands())) {
    if (result == op.getIds())
      ids = int(i);
    if (result == op.getWeights())
      weights = int(i);
  }
  spec.name = kernel.function.getName().str();
  spec.experts = cast<RankedTensorType>(op.getLogits().getType()).getDimSize(1);
  spec.top = op.getTopK();
  spec.groups = op.getGroups();
  spec.topGroups = op.getTopGroups();
  spec.sigmoid = op.getScoring() == RouterScoring::Sigmoid;
  spec.bias = bool(op.getBias());
  spec.byLogits = op.choosesByLogits();
  spec.groupsByPair = op.getGroupsByPair();
  spec.zeroMasked = op.getZeroMasked();
  spec.renormalize = op.getRenormalize();
  spec.biasedWeights = op.getBiasedWeights();
  spec.epsilon = op.getEpsilon().convertToDouble();
  spec.scale = op.getScale().convertToDouble();
  if (op.getBias()) {
    bias = int(kernel.weights.size());
    unsigned argument = cast<BlockArgument>(op.getBias()).getArgNumber();
    kernel.weights.push_back({WeightGroup::Form::Plain, {}, {argument}, 4 * spec.experts});
  }
}

SmallVector<Value> RouterPart::operands(const CallSite &site, Value scratch) const {
  auto pick = [&](ArrayRef<Value> values, int index) { return index < 0 ? scratch : values[index]; };
  return {pick(site.weights, bias), pick(site.outputs, ids), pick(site.outputs, weights)};
}

std::optional<Kernel> selectRouter(func::FuncOp function, const SelectOptions &) {
  Block &body = function.getBody().front();
  auto op = dyn_cast<RouterOp>(body.front());
  if (!op || llvm::range_size(body.without_terminator()) != 1)
    return std::nullopt;
  Kernel kernel;
  kernel.function = function;
  const RouterPart router(op, kernel);
  unsigned logits = cast<BlockArgument>(op.getLogits()).getArgNumber();
  kernel.define = [spec = router.spec](Emit &emit, const Isa &) { return emitRouter(emit, spec); };
  kernel.scratchBytes = [router](int64_t rows) { return router.scratchBytes(rows); };
  kernel.call = [=](Emit &emit, LLVM::LLVMFuncOp callee, const CallSite &site) {
    SmallVector<Value> operands{site.call, site.rows, site.arguments[logits]};
    llvm::append_range(operands, router.operands(site, site.scratch));
    emit.call(callee, operands);
  };
  return kernel;
}

} // namespace braid::cpu
