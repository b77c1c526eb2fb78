// SPDX-License-Identifier: Apache-2.0
/// \file
/// The CPU target.
#include "compiler/targets/cpu/CpuTarget.h"

#include "compiler/targets/cpu/kernels/Attention.h"

#include "mlir/IR/Verifier.h"

using namespace mlir;
namespace braid::cpu {

/// `main` is what the runtime calls: (tokens, position, logit rows, states ...) -> (logits, states ...).
static LogicalResult checkMain(func::FuncOp main) {
  auto isStates = [](ArrayRef<Type> types) { return llvm::all_of(types, llvm::IsaPred<graph::SessionState>); };
  ArrayRef<Type> inputs = main.getFunctionType().getInputs(), results = main.getFunctionType().getResults();
  auto isTensor = [](Type type, int64_t rank, auto isElement) {
    auto tensor = dyn_cast<RankedTensorType>(type);
    return tensor && tensor.getRank() == rank && tensor.isDynamicDim(0) && isElement(tensor.getElementType());
  };
  bool fits = inputs.size() >= 3 && isTensor(inputs[0], 1, [](Type t) { return t.isInteger(32); }) &&
              inputs[1].isIndex() && inputs[2].isIndex() && isStates(inputs.drop_front(3)) && !results.empty() &&
              isTensor(results[0], 2, [](Type t) { return t.isF32(); }) && results.drop_front() == inputs.drop_front(3);
  if (fits)
    return success();
  return main.emitError() << "expected 'main' to take (tensor<?xi32>, index, index, states...) and to give "
                             "(tensor<?xNxf32>, the same states...), got "
                          << main.getFunctionType();
}

FailureOr<CpuProgram> planProgram(ModuleOp program, const TargetOptions &options) {
  CpuProgram plan;
  for (auto function : program.getOps<func::FuncOp>()) {
    if (!function->hasAttr("braid.kernel"))
      continue;
    FailureOr<Kernel> kernel = selectKernel(function, options.select);
    if (failed(kernel))
      return failure();
    plan.kernels.insert({function.getSymNameAttr(), *kernel});
  }
  auto main = program.lookupSymbol<func::FuncOp>("main");
  if (!main || main.isDeclaration())
    return program.emitError() << "expected a function 'main' of (tokens: tensor<?xi32>, position: index, "
                                  "logit rows: index, states...)";
  FailureOr<WeightPlan> weights = planWeights(main, plan.kernels);
  if (failed(weights))
    return failure();
  plan.weights = std::move(*weights);
  plan.arena = planArena(program, plan.kernels, options.maxTokens);
  return plan;
}

int64_t fittingTokens(const CpuProgram &plan, int64_t tokens) {
  constexpr int64_t share = 10;               // of the weights that the scratch takes at most
  constexpr int64_t always = 4 << 20;         // bytes that are always there: as much as stacks and code take
  constexpr int64_t step = 64;                // tokens, and the fewest: below, tiles of tokens are no longer full
  const int64_t bytes = std::max(always, plan.weights.bytes / share);
  if (plan.arena.bytes <= bytes)
    return tokens;
  const int64_t perToken = std::max<int64_t>(1, plan.arena.bytes / tokens);
  return std::min(tokens, std::max(step, bytes / perToken / step * step));
}

FailureOr<OwningOpRef<ModuleOp>> emitKernels(ModuleOp program, const CpuProgram &plan, const Isa &isa,
                                             StringRef stepName) {
  if (failed(checkMain(program.lookupSymbol<func::FuncOp>("main"))))
    return failure();
  OwningOpRef<ModuleOp> module = ModuleOp::create(program.getLoc());
  Emit emit(*module);
  if (failed(emitStep(emit, isa, program, plan.kernels, plan.weights, plan.arena, stepName)))
    return failure();
  if (failed(verify(*module)))
    return failure();
  return module;
}

/// As naive meanings see it.
static StateLayout plainLayout(graph::SessionState type) {
  MemRefType rows = type.getRowsType();
  int64_t bytes = rows.getElementTypeBitWidth() / 8;
  if (rows.hasStaticShape())
    return {true, 0, 1, rows.getNumElements() * bytes};
  return {false, type.getWindow(), rows.getDimSize(0), rows.getDimSize(2) * bytes};
}

StateLayout stateLayout(graph::SessionState type, const SelectOptions &options) {
  StateLayout layout = plainLayout(type);
  if (options.reference)
    return layout;
  if (auto kv = dyn_cast<graph::KvType>(type)) {
    Attention spec;
    spec.headDim = spec.valueDim = kv.getDim();
    spec.cache = cacheCodes(kv.getStorage());
    layout.rowBytes = spec.rowBytes();
  } else if (auto latent = dyn_cast<graph::LatentType>(type)) {
    layout.rowBytes = latentRowBytes(latent);
  } else if (auto recurrent = dyn_cast<graph::RecurrentType>(type)) {
    layout.rowBytes = recurrentBytes(recurrent); // at least those of the plain layout
  }
  return layout;
}

} // namespace braid::cpu
