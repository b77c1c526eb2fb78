// SPDX-License-Identifier: Apache-2.0
/// \file
/// The two benchmarks of `braid bench`: a compiled model, and the kernels.
#pragma once

#include "compiler/targets/cpu/KernelBench.h"
#include "tools/braid/Artifact.h"
#include "tools/braid/Table.h"

namespace braid::tools {

struct ModelBenchOptions {
  std::vector<int64_t> prompts = {512}, generations = {64}, depths = {0}; ///< in tokens; 0 leaves a test out
  std::vector<int> threads = {0};                                       ///< 0: one for each CPU
  int repetitions = 5;
  std::string isa;
  bool withCeilings = true;
  bool assumeDepth = false; ///< most tokens of a depth are not evaluated: their rows repeat
};

/// Measures prefill and decode as llama-bench does, each repetition beside the machine's ceiling.
llvm::Error benchModel(const Artifact &artifact, const ModelBenchOptions &options, TableFormat format);

/// Measures the hot kernels, each beside its ceiling.
llvm::Error benchKernels(const cpu::KernelBenchOptions &options, TableFormat format);

/// Shows a line on a terminal, in place of the last one; an empty one ends it.
void showStatus(const llvm::Twine &line);

} // namespace braid::tools
