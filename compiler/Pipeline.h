// SPDX-License-Identifier: Apache-2.0
/// \file
/// The recipe of a compilation: its phases in order.
#pragma once

#include "dialects/Precompiled.h"

namespace braid {

struct PipelineOptions {
  int64_t maxTokens = 512;
  bool reference = false; ///< every op by its naive meaning: nothing is fused or derived
};

/// The phases, in the order in which they run. A folder of passes/ each.
llvm::ArrayRef<llvm::StringRef> phases();

/// Adds the passes of one phase; false if there is no such phase.
bool addPhase(mlir::OpPassManager &manager, llvm::StringRef phase, const PipelineOptions &options);

/// Makes each phase a pipeline of braid-opt: --braid-phase-fuse, ...
void registerPipelines();

} // namespace braid
