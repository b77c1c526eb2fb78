// SPDX-License-Identifier: Apache-2.0
/// \file
/// What a recurrence kernel prepares for a token of a head before it touches the state, and where it keeps it.
#pragma once

#include "compiler/targets/cpu/RecurrenceSchedule.h"
#include "compiler/targets/cpu/kernels/Recurrence.h"

namespace braid::cpu {

/// A slot is what sweeps need of one token and head: key vectors of paddedK numbers, then scalars.
struct RecurrencePlan {
  /// A vector of K, times a scalar (noExpr: one).
  struct Key {
    derive::ExprId vector, factor;
    bool operator==(const Key &) const = default;
  };
  struct State {
    bool isColumn = false;
    int64_t offset = 0;                   ///< of its first head, in bytes
    std::optional<unsigned> decayKey;     ///< the key to multiply rows by, or
    std::optional<unsigned> decayScalar;  ///< the scalar, or neither
    llvm::SmallVector<unsigned> reads, writes; ///< their numbers
  };

  RecurrencePlan(const Recurrence &spec, const Isa &isa);

  const Recurrence &spec;
  const derive::NormalForm &form;
  const Isa &isa;
  llvm::SmallVector<Key> keys;
  llvm::SmallVector<derive::ExprId> scalars;
  llvm::SmallVector<unsigned> readKeys, writeKeys; ///< for each read and write: its key
  llvm::SmallVector<State> states;

  unsigned addKey(Key key);
  unsigned addScalar(derive::ExprId id);
  bool hasColumns() const;
  int64_t blocks() const { return llvm::divideCeil(spec.valueDim, kRecurrenceColumns); }
  int64_t headBytes(const State &state) const { return 4 * spec.paddedK() * (state.isColumn ? 1 : spec.paddedV()); }
  int64_t keyOffset(unsigned key) const { return 4 * key * spec.paddedK(); }
  int64_t scalarOffset(unsigned scalar) const { return 4 * (keys.size() * spec.paddedK() + scalar); }
  int64_t slotBytes() const { return llvm::alignTo(scalarOffset(scalars.size()) + 4, 64); }
  /// Bytes of what is read in a block of columns: [reads][64].
  int64_t readBytes() const { return 256 * form.reads.size(); }
  /// Bytes of a task's scratch without its slots.
  int64_t taskBytes() const { return blocks() * readBytes(); }

  // How arguments are found. Arguments of a kernel are those of the variant that are no states.
  unsigned argCount() const;
  /// The row of argument `index` (of the variant) for a token and head; `args` as the kernel has them.
  mlir::Value argRow(Emit &emit, mlir::ValueRange args, unsigned index, mlir::Value token, mlir::Value head) const;

private:
  void collectScalars(derive::ExprId id, llvm::SmallDenseSet<derive::ExprId> &seen);
};

/// Emits `void (i64 token, i64 rows, i64 head, ptr slot, ptr state, ptr arg...)`: fills the slot of a token, and takes columns
/// from before the token to after it.
mlir::LLVM::LLVMFuncOp emitPrepareToken(Emit &emit, const RecurrencePlan &plan);

/// Emits `void (i64 first, i64 end, i64 rows, i64 head, i64 column, ptr state, i64 rowBytes, ptr slots, ptr reads, ptr
/// out, ptr arg...)`: takes `vectors` times 16 columns, from `column` on, through tokens [first, end) of `rows`. `state`
/// is where these columns begin in the first head of the first state; `reads` keeps what
/// was read between two calls, [reads][64]. Each sum goes over the rows in order whatever the width.
mlir::LLVM::LLVMFuncOp emitTokens(Emit &emit, const RecurrencePlan &plan, int vectors);

} // namespace braid::cpu
