// SPDX-License-Identifier: Apache-2.0
/// \file
/// The recurrence kernel: one token's step or many tokens of one, generated from the step's normal form.
#pragma once

#include "compiler/targets/cpu/CodeGen.h"
#include "compiler/targets/cpu/Emit.h"
#include "passes/derive/Normal.h"

namespace braid::cpu {
struct RecurrenceRows;

/// A variant at fixed sizes. States are f32 or bf16, one after the other, 64-byte aligned, for each state [heads] of:
///   a state of values: blocks of kStateColumns columns, each [paddedK][kStateColumns];
///   a column: [paddedK].
/// K and V are padded to multiples of 16. What is padded is zero, and stays so.
struct Recurrence {
  std::string name;
  const derive::NormalForm *form = nullptr; ///< not owned; its op must live as well
  int64_t keyDim = 0, valueDim = 0, heads = 0;
  /// For each argument of the variant how many heads it has, a divisor of `heads` (fewer: neighbours share one, or with
  /// `tiled` those that are so many apart). Those of states do not matter. Empty: `heads` for each.
  llvm::SmallVector<int64_t> argHeads;
  bool tiled = false;
  const RecurrenceRows *rows = nullptr; ///< what is computed of arguments and result in the same kernel; not owned
  /// States are bf16 between calls. A call computes in f32, and rounds them once, at its end.
  bool isNarrow = false;

  /// Groups of heads that share what `rows` computes; all heads are apart where it computes nothing that is shared.
  int64_t groups() const;
  int64_t headsOfGroup() const { return heads / groups(); }
  int64_t paddedK() const { return llvm::alignTo(keyDim, 16); }
  int64_t paddedV() const { return llvm::alignTo(valueDim, 16); }
  int64_t stateNumbers() const;
  int64_t stateBytes() const { return stateNumbers() * (isNarrow ? 2 : 4); }
  /// Where a number of a state is, in bytes (of a column: v = 0).
  int64_t stateOffset(unsigned state, int64_t head, int64_t k, int64_t v) const;
  /// Bytes of scratch (64-byte aligned) that a call with at most `rows` rows needs on `isa`. Bounded whatever `rows` is.
  int64_t scratchBytes(const Isa &isa, int64_t rows) const;
};

/// Emits `void <name>(ptr call, i64 rows, ptr arg..., ptr state, ptr scratch, ptr out)` and what it calls: one pointer
/// for each argument that is no state. Arguments are f32, [rows][argHeads][K, V or 1], without rows where the variant
/// says `constant`; out is [rows][heads][V]. With `rows`, arguments that it computes may be null, out is what comes after
/// the recurrence, and more pointers follow, as HeadRows::pointerCount says. The state is updated in place. How
/// many threads there are changes no bit; how a sequence is cut into calls changes rounding alone, as tokens are taken
/// together. Fails for an opaque normal form and for sizes that do not fit.
llvm::Expected<mlir::LLVM::LLVMFuncOp> emitRecurrence(Emit &emit, const Isa &isa, const Recurrence &spec);

} // namespace braid::cpu
