// SPDX-License-Identifier: Apache-2.0
/// \file
/// The code around kernels: layer functions and the step, which call kernels with places in the arena.
#pragma once

#include "compiler/targets/cpu/WeightPlan.h"

namespace braid::cpu {

/// Sizes of the arena: main's frame, then a layer's frame, then the kernels' scratch.
struct ArenaPlan {
  int64_t layerFrames = 0, scratch = 0, bytes = 0; ///< the first two are offsets
};
ArenaPlan planArena(mlir::ModuleOp program, const KernelMap &kernels, int64_t maxTokens);

/// Emits all kernels and layers of `program` (the module after the lower phase) for one ISA level; gives both by name. A
/// layer, any function but main that is no kernel, becomes
/// `void layer.<name>(ptr call, i64 rows, ptr frame, ptr weights, ptr scratch, arguments but weights..., tensor results...)`:
/// tensors are pointers, states point to a braid_state, indices are i64.
mlir::FailureOr<llvm::StringMap<mlir::LLVM::LLVMFuncOp>> emitLayers(Emit &emit, const Isa &isa, mlir::ModuleOp program,
                                                                    const KernelMap &kernels,
                                                                    const WeightPlan &weights);

/// Emits all kernels, layers and `void <stepName>(const braid_call *)` for one ISA level. `program` is the module after
/// the lower phase.
mlir::LogicalResult emitStep(Emit &emit, const Isa &isa, mlir::ModuleOp program, const KernelMap &kernels,
                             const WeightPlan &weights, const ArenaPlan &arena, llvm::StringRef stepName);

} // namespace braid::cpu
