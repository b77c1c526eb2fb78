// SPDX-License-Identifier: Apache-2.0
/// \file
/// What a thread does of a row program.
#pragma once

#include "compiler/targets/cpu/kernels/RowPlan.h"

namespace braid::cpu {

/// How many pointers the functions of a program take: inputs, states, weights, outputs.
size_t rowPointerCount(const RowProgram &program);

/// Emits `void <name>.units(i64 begin, i64 end, ptr scratch, ptr inputs..., ptr states..., ptr weights...,
/// ptr outputs...)`: the units [begin, end) of a program. Unit u is slice u % slices of row u / slices, as the plan
/// cuts them; inputs and outputs are [rows][features], f32, row-major, dense, outputs apart from all else. States are
/// read only. `scratch` has the plan's scratchBytes, 64-byte aligned.
mlir::LLVM::LLVMFuncOp emitRowUnits(Emit &emit, const RowPlan &plan);

/// Which inputs and outputs hold one slice alone: [rows][features of a slice].
struct RowLocals {
  llvm::SmallVector<bool> inputs, outputs; ///< empty: none does
};

/// Emits `void <name>.slice(i64 begin, i64 end, i64 slice, i64 rows, i64 following, ptr scratch, ...)`, and pointers as
/// above: one slice of the rows [begin, end) of a call of `rows`. It asks memory for the rows after them early, and at
/// the end of the call for what slice `following` needs.
mlir::LLVM::LLVMFuncOp emitRowSlice(Emit &emit, const RowPlan &plan, const RowLocals &locals);

/// Emits `void <name>.advance(i64 rows, i64 slice, ptr inputs..., ptr states...)`: a slice of each state that the
/// program reads becomes the last of the rows it held and of the call's. A row is read before it is overwritten, as
/// rows only move down.
mlir::LLVM::LLVMFuncOp emitRowAdvance(Emit &emit, const RowPlan &plan);

} // namespace braid::cpu
