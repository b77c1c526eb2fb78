// SPDX-License-Identifier: Apache-2.0
/// \file
/// The kernel of row programs: one fork-join over the slices of all rows.
#pragma once

#include "compiler/targets/cpu/kernels/RowProgram.h"

namespace braid::cpu {

/// Bytes of scratch that a call of emitRows' function needs.
int64_t rowScratchBytes(const RowProgram &program);

/// Emits `void <name>(ptr call, i64 rows, ptr scratch, ptr inputs..., ptr states..., ptr weights..., ptr outputs...)`,
/// and what it calls: the program's components are cut into units, which are shared out to the call's threads; then the
/// states are those after the call's rows. How units are shared changes no result.
mlir::LLVM::LLVMFuncOp emitRows(Emit &emit, const RowProgram &program);

} // namespace braid::cpu
