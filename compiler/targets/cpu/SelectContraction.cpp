// SPDX-License-Identifier: Apache-2.0
/// \file
/// Recognises contractions: [norm,] linear maps of one input [, factors] [, activation [, gate]] [, residual], or with a
/// router behind one of the maps.
#include "compiler/targets/cpu/SelectRouter.h"
#include "compiler/targets/cpu/kernels/Contraction.h"

using namespace mlir;
using namespace braid::graph;
namespace braid::cpu {

namespace {

/// Walks from the results up to the input; fails where the body is something else.
struct Match {
  Contraction spec;
  SmallVector<LinearOp> linears; // in segment order
  RmsNormOp norm;
  RouterOp router;
  Value input, residual;

  bool run(func::FuncOp function) {
    Block &body = function.getBody().front();
    ValueRange results = body.getTerminator()->getOperands();
    if (results.size() == 1 && !results[0].getDefiningOp<RouterOp>()) {
      if (!matchEpilogue(results[0]))
        return false;
    } else {
      for (Value result : results)
        if (auto op = result.getDefiningOp<RouterOp>(); op ? !matchRouter(op) : !matchLinear(result))
          return false;
    }
    return !linears.empty() && matchInput() && coversBody(body);
  }

  bool matchRouter(RouterOp op) {
    if (router)
      return router == op; // by its other result
    router = op;
    spec.rowSegment = int64_t(linears.size());
    ++matched;
    return matchLinear(op.getLogits());
  }

  bool matchEpilogue(Value value) {
    if (auto add = value.getDefiningOp<arith::AddFOp>()) {
      bool right = isa<BlockArgument>(add.getLhs());
      residual = right ? add.getLhs() : add.getRhs();
      value = right ? add.getRhs() : add.getLhs();
      if (!isa<BlockArgument>(residual))
        return false;
      spec.residual = true;
      ++matched;
    }
    if (auto product = value.getDefiningOp<arith::MulFOp>()) {
      bool left = product.getLhs().getDefiningOp<ActivateOp>();
      Value gate = left ? product.getLhs() : product.getRhs(), up = left ? product.getRhs() : product.getLhs();
      spec.gated = true;
      ++matched;
      return matchActivation(gate) && matchLinear(up);
    }
    return value.getDefiningOp<ActivateOp>() ? matchActivation(value) : matchLinear(value);
  }

  bool matchActivation(Value value) {
    auto op = value.getDefiningOp<ActivateOp>();
    if (!op)
      return false;
    spec.nonlinearity = nonlinearityOf(op.getKind());
    ++matched;
    return matchLinear(op.getInput());
  }

  bool matchLinear(Value value) {
    double factor = 1;
    if (auto scale = value.getDefiningOp<ScaleOp>()) {
      factor = scale.getFactor().convertToDouble();
      value = scale.getInput();
      ++matched;
    }
    spec.factors.push_back(factor);
    auto op = value.getDefiningOp<LinearOp>();
    if (!op)
      return false;
    linears.push_back(op);
    ++matched;
    return true;
  }

  bool matchInput() {
    LinearOp first = linears.front();
    for (LinearOp op : linears)
      if (op.getInput() != first.getInput() || bool(op.getBias()) != bool(first.getBias()) ||
          op.getWeight().getType().getStorage() != first.getWeight().getType().getStorage() ||
          !isa<BlockArgument>(op.getWeight()))
        return false;
    input = first.getInput();
    spec.bias = bool(first.getBias());
    if (llvm::all_of(spec.factors, [](double factor) { return factor == 1; }))
      spec.factors.clear();
    if ((norm = input.getDefiningOp<RmsNormOp>())) {
      if (norm.getHeads() != 1)
        return false;
      spec.norm = true;
      spec.epsilon = norm.getEpsilon().convertToDouble();
      input = norm.getInput();
      ++matched;
    }
    return isa<BlockArgument>(input);
  }

  bool coversBody(Block &body) { return llvm::range_size(body.without_terminator()) == matched; }
  size_t matched = 0;
};

unsigned indexOf(Value argument) { return cast<BlockArgument>(argument).getArgNumber(); }

} // namespace

std::optional<Kernel> selectContraction(func::FuncOp function, const SelectOptions &options) {
  Match match;
  if (!match.run(function))
    return std::nullopt;
  Contraction spec = match.spec;
  WeightType weight = match.linears.front().getWeight().getType();
  spec.name = function.getName().str();
  spec.layout = packedLayout(weight.getStorage(), weight.getShape()[1]);
  // Blocks of a quantised row are whole groups: anything else never left a loader.
  spec.activations = activationsOf(spec.layout, options.exact);
  for (LinearOp op : match.linears)
    spec.segments.push_back(op.getWeight().getType().getShape()[0]);

  Kernel kernel;
  kernel.function = function;
  // Groups: the matrices, then the norm's gain, then the biases.
  auto &matrices = kernel.weights.emplace_back();
  matrices.form = spec.gated ? WeightGroup::Form::Interleaved : WeightGroup::Form::Panels;
  matrices.layout = spec.layout;
  matrices.bytes = spec.packedBytes();
  for (LinearOp op : match.linears)
    matrices.arguments.push_back(indexOf(op.getWeight()));
  int gain = -1, bias = -1;
  if (match.norm) {
    gain = kernel.weights.size();
    kernel.weights.push_back({WeightGroup::Form::Plain, {}, {indexOf(match.norm.getGain())}, spec.layout.k * 4});
  }
  if (spec.bias) {
    bias = kernel.weights.size();
    auto &group = kernel.weights.emplace_back();
    for (LinearOp op : match.linears) {
      group.arguments.push_back(indexOf(op.getBias()));
      group.bytes += op.getBias().getType().getShape()[0] * 4;
    }
  }
  std::optional<RouterPart> router;
  if (match.router)
    router.emplace(match.router, kernel);
  kernel.scratchBytes = [=](int64_t rows) { return spec.scratchBytes(rows) + (router ? router->scratchBytes(rows) : 0); };
  kernel.define = [=](Emit &emit, const Isa &isa) {
    return emitContraction(emit, isa, spec, router ? emitRouterRows(emit, router->spec) : LLVM::LLVMFuncOp());
  };
  unsigned input = indexOf(match.input);
  int residual = spec.residual ? int(indexOf(match.residual)) : -1;
  kernel.call = [=](Emit &emit, LLVM::LLVMFuncOp callee, const CallSite &site) {
    Value unused = LLVM::ZeroOp::create(emit, emit.ptr());
    auto pick = [&](ArrayRef<Value> values, int index) { return index < 0 ? unused : values[index]; };
    SmallVector<Value> operands = {site.call, site.rows, site.arguments[input], pick(site.weights, gain),
                                   site.weights[0], pick(site.weights, bias), pick(site.arguments, residual),
                                   site.scratch};
    for (auto [i, output] : llvm::enumerate(site.outputs))
      if (!router || (int(i) != router->ids && int(i) != router->weights))
        operands.push_back(output);
    if (router) {
      Value behind = emit.at(site.scratch, emit.mul(site.rows, emit.i64(spec.scratchBytes(1))));
      llvm::append_range(operands, router->operands(site, behind));
    }
    emit.call(callee, operands);
  };
  return kernel;
}

} // namespace braid::cpu
