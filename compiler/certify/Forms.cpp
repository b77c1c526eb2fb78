// SPDX-License-Identifier: Apache-2.0
/// \file
/// Compiles forms. Step and scan are one kernel, called for one token or for many.
#include "compiler/certify/Forms.h"

#include "compiler/targets/cpu/ChunkRun.h"
#include "compiler/targets/cpu/FlushToZero.h"
#include "compiler/targets/cpu/RecurrenceRun.h"
#include "compiler/targets/cpu/StepRun.h"

using namespace mlir;
using namespace braid::derive;
namespace braid::certify {

namespace {

constexpr int64_t kAnyCalls = std::numeric_limits<int64_t>::max();
/// A chunk takes as long for one token as for all of its own.
constexpr int64_t kMostChunkCalls = 16;

/// What is compiled for each level.
struct Wanted {
  MLIRContext &context;
  const NormalForm &form;
  ArrayRef<std::string> names;
  int64_t K, V, heads, ratio;

  bool has(StringRef name) const { return llvm::is_contained(names, name); }
};

llvm::Error addKernel(std::vector<CompiledForm> &result, const Wanted &wanted, const cpu::Isa &isa, bool isNarrow) {
  const bool wantsStep = wanted.has("step"), wantsScan = wanted.has("scan");
  if (!wanted.form.hasScan() || (!wantsStep && !wantsScan))
    return llvm::Error::success();
  auto compiled = cpu::CompiledRecurrence::create(wanted.context, isa, wanted.form, wanted.K, wanted.V, wanted.heads,
                                                   wanted.ratio, isNarrow);
  if (!compiled)
    return compiled.takeError();
  auto kernel = std::make_shared<cpu::CompiledRecurrence>(std::move(*compiled));
  auto run = [kernel](const SingleProblem &problem, ArrayRef<int64_t> calls,
                      SingleSolution &solution) -> llvm::Error {
    cpu::FlushToZero scope;
    kernel->run(problem, calls, solution);
    if (!kernel->paddingIsZero)
      return llvm::createStringError("the padding of the states is not zero");
    return llvm::Error::success();
  };
  if (wantsStep)
    result.push_back({"step", isa.name,
                      [run](const SingleProblem &problem, ArrayRef<int64_t>, SingleSolution &solution) {
                        return run(problem, SmallVector<int64_t>(problem.tokens, 1), solution);
                      },
                      1, true, isNarrow});
  if (wantsScan)
    result.push_back({"scan", isa.name, run, kAnyCalls, true, isNarrow});
  return llvm::Error::success();
}

/// The step as it is written, where it has no other form.
llvm::Error addStep(std::vector<CompiledForm> &result, const Wanted &wanted, const cpu::Isa &isa) {
  if (wanted.form.hasScan() || !wanted.has("step"))
    return llvm::Error::success();
  auto compiled = cpu::CompiledStep::create(wanted.context, isa, wanted.form.op, wanted.K, wanted.V, wanted.heads,
                                            wanted.ratio);
  if (!compiled)
    return compiled.takeError();
  auto step = std::make_shared<cpu::CompiledStep>(std::move(*compiled));
  result.push_back({"step", isa.name,
                    [step](const SingleProblem &problem, ArrayRef<int64_t> calls, SingleSolution &solution) {
                      cpu::FlushToZero scope;
                      step->run(problem, calls, solution);
                      return llvm::Error::success();
                    },
                    kAnyCalls});
  return llvm::Error::success();
}

llvm::Error addChunk(std::vector<CompiledForm> &result, const Wanted &wanted, const cpu::Isa &isa) {
  if (!wanted.form.hasChunk() || !wanted.has("chunk"))
    return llvm::Error::success();
  auto compiled = cpu::CompiledChunk::create(wanted.context, isa, wanted.form, wanted.K, wanted.V, wanted.heads,
                                             wanted.ratio);
  if (!compiled)
    return compiled.takeError();
  auto chunk = std::make_shared<cpu::CompiledChunk>(std::move(*compiled));
  result.push_back({"chunk", isa.name,
                    [chunk](const SingleProblem &problem, ArrayRef<int64_t> calls, SingleSolution &solution) {
                      cpu::FlushToZero scope;
                      chunk->run(problem, calls, solution);
                      return llvm::Error::success();
                    },
                    kMostChunkCalls, /*givesOutput=*/true, /*isNarrow=*/false, /*sumsPairs=*/true});
  return llvm::Error::success();
}

/// Chunks as affine maps of the states, combined as a tree.
llvm::Error addCombine(std::vector<CompiledForm> &result, const Wanted &wanted, const cpu::Isa &isa) {
  if (!wanted.form.hasChunk() || !wanted.has("combine"))
    return llvm::Error::success();
  auto compiled = cpu::CompiledCombine::create(wanted.context, isa, wanted.form, wanted.K, wanted.V, wanted.heads,
                                               wanted.ratio);
  if (!compiled)
    return compiled.takeError();
  auto combine = std::make_shared<cpu::CompiledCombine>(std::move(*compiled));
  result.push_back({"combine", isa.name,
                    [combine](const SingleProblem &problem, ArrayRef<int64_t>, SingleSolution &solution) {
                      cpu::FlushToZero scope;
                      solution.states = combine->states(problem, cpu::CompiledCombine::Order::Tree);
                      return llvm::Error::success();
                    },
                    1, /*givesOutput=*/false, /*isNarrow=*/false, /*sumsPairs=*/true});
  return llvm::Error::success();
}

} // namespace

SmallVector<StringRef> formsOf(const NormalForm &form) {
  SmallVector<StringRef> names = {"step"};
  if (form.hasScan())
    names.push_back("scan");
  if (form.hasChunk())
    names.append({"chunk", "combine"});
  return names;
}

SmallVector<cpu::Isa> levelsHere() {
  SmallVector<cpu::Isa> levels;
  std::optional<cpu::Isa> native = cpu::findIsa("native");
  if (!native)
    return levels;
  for (StringRef name : {"x86-64-v3", "x86-64-v4", "native"})
    if (std::optional<cpu::Isa> isa = cpu::findIsa(name); isa && (isa->required & native->required) == isa->required)
      levels.push_back(*isa);
  return levels;
}

llvm::Expected<std::vector<CompiledForm>> compileForms(MLIRContext &context, const NormalForm &form,
                                                       ArrayRef<std::string> names, ArrayRef<cpu::Isa> levels,
                                                       int64_t K, int64_t V, int64_t heads, int64_t ratio) {
  const Wanted wanted{context, form, names, K, V, heads, ratio};
  std::vector<CompiledForm> result;
  for (const cpu::Isa &isa : levels) {
    if (llvm::Error error = addKernel(result, wanted, isa, /*isNarrow=*/false))
      return error;
    for (auto add : {addStep, addChunk, addCombine})
      if (llvm::Error error = add(result, wanted, isa))
        return error;
  }
  return result;
}

llvm::Expected<std::vector<CompiledForm>> compileNarrowForms(MLIRContext &context, const NormalForm &form,
                                                             ArrayRef<std::string> names, const cpu::Isa &level,
                                                             int64_t K, int64_t V, int64_t heads, int64_t ratio) {
  std::vector<CompiledForm> result;
  if (llvm::Error error = addKernel(result, {context, form, names, K, V, heads, ratio}, level, /*isNarrow=*/true))
    return error;
  return result;
}

} // namespace braid::certify
