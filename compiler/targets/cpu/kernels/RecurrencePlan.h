// SPDX-License-Identifier: Apache-2.0
/// \file
/// What a recurrence kernel prepares for a block of tokens of a head before it touches the state, and where it keeps it.
#pragma once

#include "compiler/targets/cpu/RecurrenceSchedule.h"
#include "compiler/targets/cpu/kernels/Recurrence.h"
#include "passes/derive/Block.h"

namespace braid::cpu {

/// A slot is what sweeps need of one block and head: key vectors of paddedK numbers, then scalars: overlaps of the
/// block's tokens, scalars of each token, products of scalar decays.
struct RecurrencePlan {
  /// A vector of K: an expression of a token (noExpr: ones) times the decays of `state` in some tokens. Without decays
  /// by key channels the span is empty, as scalar decays are applied to what is read and written.
  struct Key {
    derive::ExprId vector;
    unsigned token = 0, state = 0;
    derive::Span decays = {};
    bool operator==(const Key &) const = default;
  };
  /// A product of scalar decays.
  struct Product {
    unsigned state;
    derive::Span decays;
    bool operator==(const Product &) const = default;
  };
  struct State {
    /// Keys take scalar decays along, so that one of both is true at most. Decays by value channels belong to the
    /// columns: a sweep has them beside what is written.
    bool isColumn = false, hasKeyDecay = false, hasScalarDecay = false, hasValueDecay = false;
    int64_t offset = 0;                                                 ///< of its first head, in bytes
    llvm::SmallVector<unsigned> reads, writes;                          ///< their numbers in the normal form
  };

  /// `tokens` are those of a block. Sweeps read and write f32, or bf16 if `isNarrow`.
  RecurrencePlan(const Recurrence &spec, const Isa &isa, unsigned tokens, bool isNarrow = false);

  const Recurrence &spec;
  const derive::NormalForm &form;
  const Isa &isa;
  bool isNarrow;
  derive::BlockForm block; ///< without what belongs to columns, which are taken through token by token
  llvm::SmallVector<State> states;
  llvm::SmallVector<Key> keys;
  llvm::SmallVector<Product> products;
  llvm::SmallVector<derive::ExprId> scalars; ///< of each token

  int64_t tokens() const { return block.tokens; }
  /// Blocks that are prepared at a time.
  int64_t slots() const;

  Key keyOf(const derive::BlockRead &read) const;
  Key keyOf(const derive::BlockWrite &write) const;
  /// The decay of a state with key decays over the whole block.
  Key decayKey(unsigned state) const { return {derive::noExpr, 0, state, {0, block.tokens}}; }
  bool isOfColumn(const derive::Read &read) const { return states[read.state].isColumn; }
  bool isOfColumn(const derive::Write &write) const { return states[write.state].isColumn; }
  bool hasColumns() const;

  // Places in a slot, in bytes.
  int64_t keyOffset(const Key &key) const;
  int64_t overlapOffset(size_t overlap) const { return 4 * (keys.size() * spec.paddedK() + overlap); }
  int64_t scalarOffset(unsigned token, derive::ExprId id) const;
  int64_t productOffset(const Product &product) const;
  int64_t slotBytes() const;

  int64_t blocks() const { return llvm::divideCeil(spec.valueDim, kRecurrenceColumns); }
  /// Bytes of 16 numbers of a state in memory, of a block of columns, and of a head's state.
  int64_t vectorBytes() const { return isNarrow ? 32 : 64; }
  int64_t blockBytes() const { return vectorBytes() * spec.paddedK(); }
  int64_t headBytes(const State &state) const {
    return vectorBytes() / 16 * spec.paddedK() * (state.isColumn ? 1 : spec.paddedV());
  }
  /// Bytes of what is read in a block of columns: for each token and read, its columns.
  int64_t readBytes() const { return 4 * kRecurrenceColumns * block.tokens * form.reads.size(); }
  /// Bytes of a task's scratch without its slots.
  int64_t taskBytes() const { return blocks() * readBytes(); }

  // How arguments are found. Arguments of a kernel are those of the variant that are no states.
  unsigned argCount() const;
  /// Whether argument `index` (of the variant) is computed in the kernel: `args` has that of the head or its group then.
  bool isOfHead(unsigned index) const;
  bool hasResultOfHead() const; ///< so is what follows from the output: `out` is that of one head
  /// The row of argument `index` (of the variant) for a token and head; `args` as the kernel has them.
  mlir::Value argRow(Emit &emit, mlir::ValueRange args, unsigned index, mlir::Value token, mlir::Value head) const;
  /// Where the output of a token and head goes; `out` is one head's if something comes after.
  mlir::Value outRow(Emit &emit, mlir::Value out, mlir::Value token, mlir::Value head) const;

private:
  void addKey(Key key);
  void addProduct(Product product);
  void collectScalars(derive::ExprId id, llvm::SmallDenseSet<derive::ExprId> &seen);
  int64_t overlapCount() const { return llvm::alignTo(block.overlaps.size(), 16); }
};

/// Emits `void (i64 token, i64 head, ptr slot, ptr state, ptr arg...)`: fills the slot of the block that begins
/// with a token, and takes columns from before the block to after it.
mlir::LLVM::LLVMFuncOp emitPrepareBlock(Emit &emit, const RecurrencePlan &plan);

/// Emits `void (i64 begin, i64 first, i64 end, i64 rows, i64 head, i64 column, ptr state, ptr slots, ptr reads, ptr out,
/// ptr arg...)`: takes `vectors` times 16 columns, from `column` on, through the blocks of tokens [first,
/// end) of the run of blocks [begin, rows). `state` is where these columns begin in the first head of the first state;
/// `reads` keeps what was read between two calls. Each sum goes over the rows in order whatever the width.
mlir::LLVM::LLVMFuncOp emitBlocks(Emit &emit, const RecurrencePlan &plan, int vectors);

/// Emits `void (i64 head, i64 column, ptr state, ptr slots, ptr out, ptr arg...)`: takes 16 columns through one token alone,
/// the only one of the call; `plan` is of blocks of one token.
mlir::LLVM::LLVMFuncOp emitStep(Emit &emit, const RecurrencePlan &plan);

} // namespace braid::cpu
