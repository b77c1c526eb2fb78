// SPDX-License-Identifier: Apache-2.0
/// \file
/// Which heads a task of a recurrence kernel takes, and where it keeps what it has of them.
///
/// Scratch is: the frames of all heads, group after group, and of all groups; then for each head, or each part of one, the
/// slots of its plans. Frames have room for all tokens of the call; whose task takes them piece by piece uses as much as a
/// piece needs. In a step all this is little: what a task alone needs lies on its stack, and so in cache.
#pragma once

#include "compiler/targets/cpu/kernels/RecurrencePlan.h"
#include "compiler/targets/cpu/kernels/RecurrenceRows.h"

namespace braid::cpu {

class RecurrenceHeads {
public:
  RecurrenceHeads(Emit &emit, const Recurrence &spec, llvm::ArrayRef<RecurrencePlan> plans) : e(emit), spec(spec), plans(plans) {}

  /// Bytes of scratch of a call of so many tokens.
  static int64_t scratchBytes(const Recurrence &spec, llvm::ArrayRef<RecurrencePlan> plans, int64_t tokens);
  /// Bytes of the states and scratch of a group's heads, while they are taken through many tokens.
  int64_t groupBytes() const;

  /// Begins a function that works on one of `groupParts` parts of each group (1, or its heads), and of those on one of
  /// `headParts` parts (1, or blocks of columns).
  void begin(mlir::Value tokens, mlir::Value groupParts, mlir::Value headParts);
  /// Takes task `index` of all, and finds its scratch and frames in `memory`; gives which part it is of its head.
  mlir::Value takeTask(mlir::Value index, mlir::Value memory);
  /// Takes head `number`, counted group after group, with its frames in `memory`, where heads are apart; or else a group.
  void takeUnit(mlir::Value number, mlir::Value memory);
  mlir::Value unitCount();
  /// Does something for each head of the task.
  void forEach(llvm::function_ref<void()> body);

  bool areGrouped() const { return spec.headsOfGroup() > 1; }
  HeadRows::Unit groupUnit();
  HeadRows::Unit headUnit();
  /// The frame of the head or the group, for the tokens from `first` on if it holds a piece.
  HeadRows::Frame headFrame(mlir::Value first);
  HeadRows::Frame groupFrame(mlir::Value first);

  mlir::Value rows;                ///< of the call
  mlir::Value ownsGroup, ownsHead; ///< whether one task takes all of a group, of a head
  mlir::Value group, member, head; ///< the head is a member of the group
  mlir::Value firstMember;         ///< of the task
  mlir::Value scratch;             ///< of the head

private:
  mlir::Value headOf(mlir::Value group, mlir::Value member);
  mlir::Value groupAfter() { return e.min(e.add(group, e.i64(1)), e.i64(spec.groups() - 1)); }
  mlir::Value frameRows();
  void placeFrames(mlir::Value memory);
  void placeScratch(mlir::Value memory, mlir::Value index);

  Emit &e;
  const Recurrence &spec;
  llvm::ArrayRef<RecurrencePlan> plans;
  mlir::Value groupParts, headParts, endMember;
  mlir::Value ofHeads, headBytes;          ///< scratch of the task's heads, and bytes of each
  HeadRows::Frame headFrames, groupFrames; ///< of the group's first head, and of the group
};

} // namespace braid::cpu
