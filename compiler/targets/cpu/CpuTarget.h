// SPDX-License-Identifier: Apache-2.0
/// \file
/// The CPU target: a lowered program to object code for several ISA levels, and a plan of its weights.
#pragma once

#include "compiler/targets/cpu/Host.h"

namespace braid::cpu {

struct TargetOptions {
  std::vector<std::string> isas = {"native", "x86-64-v4", "x86-64-v3"}; ///< best first
  SelectOptions select;
  int64_t maxTokens = 512;
};

struct IsaCode {
  Isa isa;
  std::string step; ///< symbol of the step
  llvm::SmallVector<char, 0> object;
};

struct CpuProgram {
  KernelMap kernels;
  WeightPlan weights;
  ArenaPlan arena;
};

/// Chooses kernels and plans memory for a module that went through the lower phase.
mlir::FailureOr<CpuProgram> planProgram(mlir::ModuleOp program, const TargetOptions &options);

/// The most tokens of a call, up to `tokens`, for which `plan` was made, whose scratch memory is small beside the weights.
int64_t fittingTokens(const CpuProgram &plan, int64_t tokens);

/// The module of kernels for one level, before it is lowered to the llvm dialect (`--emit=kernels`).
mlir::FailureOr<mlir::OwningOpRef<mlir::ModuleOp>> emitKernels(mlir::ModuleOp program, const CpuProgram &plan,
                                                               const Isa &isa, llvm::StringRef stepName);

/// How a state lies in a session: planes of rows, one a position, or one block of `rowBytes` that does not grow.
struct StateLayout {
  bool fixed;
  int64_t window, planes, rowBytes;
};

/// As the kernels lay it out.
StateLayout stateLayout(graph::SessionState type, const SelectOptions &options);

} // namespace braid::cpu
