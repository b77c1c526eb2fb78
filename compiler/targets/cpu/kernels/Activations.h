// SPDX-License-Identifier: Apache-2.0
/// \file
/// The prologue of contractions: rows of x become what the micro-kernels read (normed, quantised, padded).
#pragma once

#include "compiler/targets/cpu/kernels/Contraction.h"

namespace braid::cpu {

/// Bytes from one prepared row to the next: a multiple of 64, but no power of two, so that the rows of a tile fall into
/// different cache sets.
int64_t activationRowBytes(const Isa &isa, const Contraction &spec);

/// Emits (once a module, by name) `void(ptr x, ptr gamma, ptr row)`, which prepares one row of spec.layout.k f32.
mlir::LLVM::LLVMFuncOp emitPrepareRow(Emit &emit, const Isa &isa, const Contraction &spec);

} // namespace braid::cpu
