// SPDX-License-Identifier: Apache-2.0
/// \file
/// The kernel of row programs: one fork-join over the slices of all rows.
#pragma once

#include "compiler/targets/cpu/CodeGen.h"
#include "compiler/targets/cpu/kernels/RowProgram.h"

namespace braid::cpu {

/// Emits `void <name>.units(i64 begin, i64 end, ptr scratch, ptr inputs..., ptr states..., ptr weights...,
/// ptr outputs...)`: the units [begin, end) of a program. Unit u is slice u % slices of row u / slices, as RowPlan cuts
/// them; inputs and outputs are [rows][features], f32, row-major, dense, outputs apart from all else. States are read
/// only. `scratch` has rowScratchBytes, 64-byte aligned.
mlir::LLVM::LLVMFuncOp emitRowUnits(Emit &emit, const RowProgram &program);

/// Scratch bytes of one caller of emitRowUnits' function.
int64_t rowScratchBytes(const RowProgram &program);

/// Bytes of scratch that a call of emitRows' function needs.
int64_t rowCallScratchBytes(const RowProgram &program);

/// Emits `void <name>(ptr call, i64 rows, ptr scratch, ptr inputs..., ptr states..., ptr weights..., ptr outputs...)`,
/// and what it calls: units are shared out to the call's threads, then the states are those after the call's rows. How
/// units are shared changes no result.
mlir::LLVM::LLVMFuncOp emitRows(Emit &emit, const RowProgram &program);

} // namespace braid::cpu
