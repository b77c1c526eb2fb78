// SPDX-License-Identifier: Apache-2.0
/// \file
/// The driver: a model file in, an artifact (or an intermediate form) out.
#pragma once

#include "compiler/Pipeline.h"
#include "compiler/targets/cpu/CpuTarget.h"
#include "models/architectures/Architecture.h"

namespace braid {

/// How far a compilation goes, and what it gives.
enum class EmitKind { Graph, Fused, Kernels, Llvm, Obj, Lib };

struct CompileOptions {
  std::string input;              ///< Hugging Face directory, .gguf or .mlir
  std::string output;             ///< artifact directory, or a file for the other kinds ("-": standard output)
  std::string weights;            ///< .mlir only: the model file that has the tensors
  std::vector<std::string> variants; ///< files of attention variants, as bindVariants takes them
  std::string name;               ///< of the library; empty: from the output's name
  EmitKind emit = EmitKind::Lib;
  std::string to;                 ///< print the IR after this phase
  std::string reproducer;         ///< where a failing pass writes its IR and pipeline; empty: nowhere
  cpu::TargetOptions target;
  bool fitsBatch = false;         ///< fewer tokens at once than target.maxTokens where these take much memory
  models::ImportOptions import;
  std::function<void(llvm::StringRef stage, double share)> progress = [](llvm::StringRef, double) {};
};

/// Compiles. Errors go to the context's diagnostics (and are in the returned failure); outputs are written beside and
/// renamed, so that a failure leaves an older artifact whole.
mlir::LogicalResult compile(mlir::MLIRContext &context, const CompileOptions &options);

} // namespace braid
