// SPDX-License-Identifier: Apache-2.0
/// \file
/// The kernel of a mixture of experts: tokens grouped by expert, each expert's weights read once a call.
#pragma once

#include "compiler/targets/cpu/kernels/Contraction.h"

namespace braid::cpu {

/// y = sum over a token's slots of w * down_e (f(gate_e x) * up_e x), or without a gate of w * down_e f(up_e x).
struct Experts {
  std::string name;
  int64_t experts = 1, slots = 1; ///< slots: experts of a token
  Contraction up;   ///< of one expert: x to inner; two segments when gated. Its epilogue is the nonlinearity.
  Contraction down; ///< of one expert: inner to y
  bool residual = false; ///< y starts from a residual instead of zero

  int64_t width() const { return up.layout.k; }
  int64_t inner() const { return down.layout.k; }
  int64_t scratchBytes(int64_t rows) const;
};

/// Emits `void <name>(ptr call, i64 rows, ptr x, ptr ids, ptr weights, ptr up, ptr down, ptr residual, ptr scratch,
/// ptr out)` and what it calls. x, residual and out are [rows][width] f32, ids [rows][slots] i32, weights f32. `up` and
/// `down` are the experts' packed matrices, one expert after the other. `out` may be the residual, but not x.
mlir::LLVM::LLVMFuncOp emitExperts(Emit &emit, const Isa &isa, const Experts &spec);

} // namespace braid::cpu
