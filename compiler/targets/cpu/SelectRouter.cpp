// SPDX-License-Identifier: Apache-2.0
/// \file
/// Recognises routers.
#include "compiler/targets/cpu/Kernel.h"
#include "compiler/targets/cpu/kernels/Router.h"

using namespace mlir;
using namespace braid::graph;
namespace braid::cpu {

std::optional<Kernel> selectRouter(func::FuncOp function, const SelectOptions &) {
  Block &body = function.getBody().front();
  auto op = dyn_cast<RouterOp>(body.front());
  if (!op || llvm::range_size(body.without_terminator()) != 1)
    return std::nullopt;
  int ids = -1, weights = -1; // which results they are; what nobody reads goes to the scratch
  for (auto [i, result] : llvm::enumerate(body.getTerminator()->getOperands()))
    (result == op.getIds() ? ids : weights) = int(i);
  Router spec;
  spec.name = function.getName().str();
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

  Kernel kernel;
  kernel.function = function;
  unsigned logits = cast<BlockArgument>(op.getLogits()).getArgNumber();
  if (op.getBias())
    kernel.weights.push_back({WeightGroup::Form::Plain, {}, {cast<BlockArgument>(op.getBias()).getArgNumber()}, 4 * spec.experts});
  kernel.define = [spec](Emit &emit, const Isa &) { return emitRouter(emit, spec); };
  kernel.scratchBytes = [spec](int64_t rows) { return rows * 4 * spec.top; };
  kernel.call = [=](Emit &emit, LLVM::LLVMFuncOp callee, const CallSite &site) {
    Value bias = site.weights.empty() ? LLVM::ZeroOp::create(emit, emit.ptr()).getResult() : site.weights[0];
    emit.call(callee, {site.call, site.rows, site.arguments[logits], bias,
                       ids < 0 ? site.scratch : site.outputs[ids], weights < 0 ? site.scratch : site.outputs[weights]});
  };
  return kernel;
}

} // namespace braid::cpu
