// SPDX-License-Identifier: Apache-2.0
/// \file
/// The router of a mixture of experts: scores, groups, the best experts and their weights.
#pragma once

#include "compiler/targets/cpu/Emit.h"

namespace braid::cpu {

/// As `braid.router` defines it.
struct Router {
  std::string name;
  int64_t experts = 1, top = 1, groups = 1, topGroups = 1;
  bool sigmoid = false;       ///< else softmax
  bool bias = false;          ///< f32 [experts]
  bool byLogits = false;      ///< logits choose instead of scores
  bool groupsByPair = false, zeroMasked = false, renormalize = false, biasedWeights = false;
  double epsilon = 0, scale = 1;
};

/// Emits `void <name>.rows(i64 first, i64 end, ptr logits, ptr bias, ptr ids, ptr weights)`, for a range of rows. It can
/// be a contraction's row epilogue.
mlir::LLVM::LLVMFuncOp emitRouterRows(Emit &emit, const Router &spec);

/// Emits `void <name>(ptr call, i64 rows, ptr logits, ptr bias, ptr ids, ptr weights)`.
mlir::LLVM::LLVMFuncOp emitRouter(Emit &emit, const Router &spec);

} // namespace braid::cpu
