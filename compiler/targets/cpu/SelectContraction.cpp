// SPDX-License-Identifier: Apache-2.0
/// \file
/// Recognises contractions: [norm,] linear maps of one input [, factors] [, activation [, gate]] [, residual], or with a
/// router behind one of the maps; alone, or several that wait for nothing of each other.
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

  bool run(ArrayRef<Value> results) {
    if (results.size() == 1 && !results[0].getDefiningOp<RouterOp>()) {
      if (!matchEpilogue(results[0]))
        return false;
    } else {
      for (Value result : results)
        if (auto op = result.getDefiningOp<RouterOp>(); op ? !matchRouter(op) : !matchLinear(result))
          return false;
    }
    return !linears.empty() && matchInput();
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

  size_t matched = 0; // ops
};

/// The map whose sums a value is, or from which a router's choice follows; null: something was done with them.
LinearOp plainMap(Value value) {
  if (auto router = value.getDefiningOp<RouterOp>())
    value = router.getLogits();
  if (auto scale = value.getDefiningOp<ScaleOp>())
    value = scale.getInput();
  return value.getDefiningOp<LinearOp>();
}

/// The results of a function by contractions: maps of one input are one, if their weights are stored alike.
SmallVector<SmallVector<Value>> resultsByContraction(ValueRange results) {
  auto areOne = [](LinearOp a, LinearOp b) {
    return a.getInput() == b.getInput() && bool(a.getBias()) == bool(b.getBias()) &&
           a.getWeight().getType().getStorage() == b.getWeight().getType().getStorage();
  };
  SmallVector<SmallVector<Value>> parts;
  for (Value result : results) {
    LinearOp map = plainMap(result);
    auto part = llvm::find_if(parts, [&](ArrayRef<Value> part) {
      LinearOp other = plainMap(part.front());
      return map && other && areOne(map, other);
    });
    (part == parts.end() ? parts.emplace_back() : *part).push_back(result);
  }
  return parts;
}

unsigned indexOf(Value argument) { return cast<BlockArgument>(argument).getArgNumber(); }

} // namespace

namespace {

/// A contraction of the kernel, and where its operands come from.
struct Part {
  Contraction spec;
  std::optional<RouterPart> router;
  unsigned input;
  int residual = -1;                         ///< arguments of the kernel
  int matrices = -1, gain = -1, bias = -1;   ///< groups of its weights
  SmallVector<unsigned> outputs;             ///< of its results, in their order

  /// Adds the weights of what was matched to those of the kernel.
  Part(const Match &match, StringRef name, Kernel &kernel, const SelectOptions &options);
  int64_t scratchBytes(int64_t rows) const {
    return llvm::alignTo(spec.scratchBytes(rows) + (router ? router->scratchBytes(rows) : 0), 64);
  }
  SmallVector<Value> operands(Emit &emit, const CallSite &site, Value scratch) const;
};

Part::Part(const Match &match, StringRef name, Kernel &kernel, const SelectOptions &options)
    : spec(match.spec), input(indexOf(match.input)) {
  LinearOp first = match.linears.front();
  WeightType weight = first.getWeight().getType();
  spec.name = name.str();
  spec.layout = packedLayout(weight.getStorage(), weight.getShape()[1]);
  // Blocks of a quantised row are whole groups: anything else never left a loader.
  spec.activations = activationsOf(spec.layout, options.exact);
  for (LinearOp op : match.linears)
    spec.segments.push_back(op.getWeight().getType().getShape()[0]);
  if (spec.residual)
    residual = indexOf(match.residual);
  // Groups: the matrices, then the norm's gain, then the biases.
  auto add = [&](WeightGroup group) {
    kernel.weights.push_back(std::move(group));
    return int(kernel.weights.size()) - 1;
  };
  WeightGroup all{spec.gated ? WeightGroup::Form::Interleaved : WeightGroup::Form::Panels, spec.layout, {}, spec.packedBytes()};
  WeightGroup biases{WeightGroup::Form::Plain, {}, {}, 0};
  for (LinearOp op : match.linears) {
    all.arguments.push_back(indexOf(op.getWeight()));
    if (!spec.bias)
      continue;
    biases.arguments.push_back(indexOf(op.getBias()));
    biases.bytes += op.getBias().getType().getShape()[0] * 4;
  }
  matrices = add(all);
  if (RmsNormOp norm = match.norm)
    gain = add({WeightGroup::Form::Plain, {}, {indexOf(norm.getGain())}, spec.layout.k * 4});
  if (spec.bias)
    bias = add(biases);
  if (match.router)
    router.emplace(match.router, kernel);
}

SmallVector<Value> Part::operands(Emit &emit, const CallSite &site, Value scratch) const {
  Value unused = LLVM::ZeroOp::create(emit, emit.ptr());
  auto pick = [&](ArrayRef<Value> values, int index) { return index < 0 ? unused : values[index]; };
  SmallVector<Value> operands = {site.arguments[input],    pick(site.weights, gain),       site.weights[matrices],
                                 pick(site.weights, bias), pick(site.arguments, residual), scratch};
  for (unsigned output : outputs)
    if (!router || (int(output) != router->ids && int(output) != router->weights))
      operands.push_back(site.outputs[output]);
  if (router) {
    Value behind = emit.at(scratch, emit.mul(site.rows, emit.i64(spec.scratchBytes(1))));
    llvm::append_range(operands, router->operands(site, behind));
  }
  return operands;
}

} // namespace

std::optional<Kernel> selectContraction(func::FuncOp function, const SelectOptions &options) {
  Block &body = function.getBody().front();
  ValueRange all = body.getTerminator()->getOperands();
  Kernel kernel;
  kernel.function = function;
  std::vector<Part> parts;
  size_t matched = 0;
  const SmallVector<SmallVector<Value>> groups = resultsByContraction(all);
  for (const SmallVector<Value> &results : groups) {
    Match match;
    if (!match.run(results))
      return std::nullopt;
    matched += match.matched;
    std::string name = function.getName().str() + (groups.size() > 1 ? "." + std::to_string(parts.size()) : "");
    Part &part = parts.emplace_back(match, name, kernel, options);
    for (Value result : results)
      part.outputs.push_back(llvm::find(all, result) - all.begin());
  }
  if (parts.empty() || matched != size_t(llvm::range_size(body.without_terminator())))
    return std::nullopt;
  kernel.scratchBytes = [parts](int64_t rows) {
    int64_t bytes = 0;
    for (const Part &part : parts)
      bytes += rows * part.scratchBytes(1);
    return bytes;
  };
  kernel.define = [parts, name = function.getName().str()](Emit &emit, const Isa &isa) {
    SmallVector<Contraction> specs;
    SmallVector<LLVM::LLVMFuncOp> rowEpilogues;
    for (const Part &part : parts) {
      specs.push_back(part.spec);
      rowEpilogues.push_back(part.router ? emitRouterRows(emit, part.router->spec) : LLVM::LLVMFuncOp());
    }
    return emitContractions(emit, isa, name, specs, rowEpilogues);
  };
  kernel.call = [parts](Emit &emit, LLVM::LLVMFuncOp callee, const CallSite &site) {
    SmallVector<Value> operands = {site.call, site.rows};
    Value scratch = site.scratch;
    for (const Part &part : parts) {
      llvm::append_range(operands, part.operands(emit, site, scratch));
      scratch = emit.at(scratch, emit.mul(site.rows, emit.i64(part.scratchBytes(1))));
    }
    emit.call(callee, operands);
  };
  return kernel;
}

} // namespace braid::cpu
