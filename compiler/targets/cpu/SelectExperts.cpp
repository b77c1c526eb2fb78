// SPDX-License-Identifier: Apache-2.0
/// \file
/// Recognises a mixture of experts, with a residual added to it or without.
#include "compiler/targets/cpu/Kernel.h"
#include "compiler/targets/cpu/kernels/Experts.h"

using namespace mlir;
using namespace braid::graph;
namespace braid::cpu {

static unsigned indexOf(Value argument) { return cast<BlockArgument>(argument).getArgNumber(); }

/// The map of one expert of a stack of matrices.
static Contraction mapOf(WeightType weight, const SelectOptions &options) {
  Contraction spec;
  spec.layout = packedLayout(weight.getStorage(), weight.getShape()[2]);
  spec.activations = activationsOf(spec.layout, options.exact);
  spec.segments = {weight.getShape()[1]};
  return spec;
}

std::optional<Kernel> selectExperts(func::FuncOp function, const SelectOptions &options) {
  Block &body = function.getBody().front();
  auto found = llvm::to_vector(body.getOps<ExpertsOp>());
  if (found.size() != 1)
    return std::nullopt;
  ExpertsOp op = found.front();
  Value residual;
  size_t ops = 1;
  if (Value result = body.getTerminator()->getOperand(0); result != op.getResult()) {
    auto add = result.getDefiningOp<arith::AddFOp>();
    if (!add || (add.getLhs() != op.getResult() && add.getRhs() != op.getResult()))
      return std::nullopt;
    residual = add.getLhs() == op.getResult() ? add.getRhs() : add.getLhs();
    if (!isa<BlockArgument>(residual))
      return std::nullopt;
    ++ops;
  }
  if (llvm::range_size(body.without_terminator()) != ops || !llvm::all_of(op->getOperands(), llvm::IsaPred<BlockArgument>) ||
      (op.getGate() && op.getGate().getType() != op.getUp().getType()))
    return std::nullopt;

  Experts spec;
  spec.name = function.getName().str();
  spec.experts = op.getUp().getType().getShape()[0];
  spec.slots = cast<RankedTensorType>(op.getIds().getType()).getDimSize(1);
  spec.up = mapOf(op.getUp().getType(), options);
  spec.up.name = spec.name + ".up";
  spec.up.nonlinearity = nonlinearityOf(op.getActivation());
  spec.down = mapOf(op.getDown().getType(), options);
  spec.down.name = spec.name + ".down";
  spec.residual = bool(residual);
  if (op.getGate()) {
    spec.up.gated = true;
    spec.up.segments.push_back(spec.up.segments[0]);
  }

  Kernel kernel;
  kernel.function = function;
  auto &up = kernel.weights.emplace_back();
  up.form = op.getGate() ? WeightGroup::Form::Interleaved : WeightGroup::Form::Panels;
  up.layout = spec.up.layout;
  up.bytes = spec.experts * spec.up.packedBytes();
  if (op.getGate())
    up.arguments.push_back(indexOf(op.getGate()));
  up.arguments.push_back(indexOf(op.getUp()));
  kernel.weights.push_back({WeightGroup::Form::Panels, spec.down.layout, {indexOf(op.getDown())},
                            spec.experts * spec.down.packedBytes()});
  kernel.scratchBytes = [spec](int64_t rows) { return spec.scratchBytes(rows); };
  kernel.define = [spec](Emit &emit, const Isa &isa) { return emitExperts(emit, isa, spec); };
  unsigned x = indexOf(op.getInput()), ids = indexOf(op.getIds()), mix = indexOf(op.getWeights());
  int added = residual ? int(indexOf(residual)) : -1;
  kernel.call = [=](Emit &emit, LLVM::LLVMFuncOp callee, const CallSite &site) {
    Value start = added < 0 ? LLVM::ZeroOp::create(emit, emit.ptr()).getResult() : site.arguments[added];
    emit.call(callee, {site.call, site.rows, site.arguments[x], site.arguments[ids], site.arguments[mix],
                       site.weights[0], site.weights[1], start, site.scratch, site.outputs[0]});
  };
  return kernel;
}

} // namespace braid::cpu
