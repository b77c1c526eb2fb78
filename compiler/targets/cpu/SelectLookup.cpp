// SPDX-License-Identifier: Apache-2.0
/// \file
/// Recognises embeddings and rope tables.
#include "compiler/targets/cpu/Kernel.h"
#include "compiler/targets/cpu/kernels/Attention.h"
#include "compiler/targets/cpu/kernels/Contraction.h"

using namespace mlir;
using namespace braid::graph;
namespace braid::cpu {

/// The only op of the body, when it is a T on block arguments.
template <typename T> static T onlyOp(func::FuncOp function) {
  Block &body = function.getBody().front();
  if (llvm::range_size(body.without_terminator()) != 1)
    return {};
  return dyn_cast<T>(body.front());
}

std::optional<Kernel> selectEmbed(func::FuncOp function, const SelectOptions &) {
  auto op = onlyOp<EmbedOp>(function);
  if (!op)
    return std::nullopt;
  ArrayRef<int64_t> shape = op.getTable().getType().getShape();
  WeightLayout layout = packedLayout(op.getTable().getType().getStorage(), shape[1]);
  Kernel kernel;
  kernel.function = function;
  unsigned tokens = cast<BlockArgument>(op.getTokens()).getArgNumber();
  unsigned table = cast<BlockArgument>(op.getTable()).getArgNumber();
  // Packed as a contraction packs it, so that a tied head shares the bytes.
  kernel.weights.push_back({WeightGroup::Form::Panels, layout, {table}, layout.bytes(shape[0])});
  std::string name = function.getName().str();
  int64_t vocab = shape[0];
  double scale = op.getScale().convertToDouble();
  kernel.define = [=](Emit &emit, const Isa &isa) { return emitEmbed(emit, isa, name, layout, vocab, scale); };
  kernel.call = [=](Emit &emit, LLVM::LLVMFuncOp callee, const CallSite &site) {
    emit.call(callee, {site.call, site.rows, site.arguments[tokens], site.weights[0], site.outputs[0]});
  };
  return kernel;
}

std::optional<Kernel> selectRopeTable(func::FuncOp function, const SelectOptions &) {
  auto op = onlyOp<RopeTableOp>(function);
  if (!op)
    return std::nullopt;
  Kernel kernel;
  kernel.function = function;
  std::string name = function.getName().str();
  std::vector<float> frequencies(op.getFrequencies());
  double factor = op.getFactor().convertToDouble();
  kernel.define = [=](Emit &emit, const Isa &) { return emitRopeTable(emit, name, frequencies, factor); };
  kernel.call = [](Emit &emit, LLVM::LLVMFuncOp callee, const CallSite &site) {
    emit.call(callee, {site.call, site.rows, site.outputs[0]});
  };
  return kernel;
}

} // namespace braid::cpu
