// SPDX-License-Identifier: Apache-2.0
/// \file
/// Row programs around a recurrence, which run in its tasks: gates and norms of what goes in, the norm and gate of what
/// comes out. Heads that share arguments are a group: what they share is computed once for the group.
#pragma once

#include "compiler/targets/cpu/kernels/RowProgram.h"

namespace braid::cpu {

/// What a recurrence kernel computes of its arguments, and of its result. Each component has what it computes for each
/// head, or for each group; a group is one head where no such argument is shared.
struct RecurrenceRows {
  int64_t heads = 0, groups = 0;             ///< groups divide the heads
  std::optional<RowProgram> before;          ///< its outputs are arguments
  llvm::SmallVector<int64_t> outputHeads;    ///< of each of them: `heads` or `groups`
  llvm::SmallVector<int> argOutputs;         ///< of each argument of the kernel: which of these it is; -1: it comes with the call
  std::optional<RowProgram> after;           ///< input 0 is the recurrence's result; one output
  /// Why it can't be cut into heads and groups; empty: it can.
  std::string problem() const;
  bool isComputed(size_t arg) const { return argOutputs[arg] >= 0; }
  int64_t outputWidth(int output) const { return before->nodes[before->outputs[output]].width / outputHeads[output]; }
};

struct Recurrence;

/// Whose rows: those of a group of heads, or of one head.
enum class RowsOwner { Group, Head };

/// Bytes of a row of the owner's frame, below.
int64_t frameRowBytes(const RecurrenceRows &rows, RowsOwner owner);

/// Emits what runs around a recurrence. An owner's arguments and results are kept in a frame: for a head's result, and for
/// each argument that is computed for the owner, [rows][its features].
class HeadRows {
public:
  /// Addressed by a token's number, as if all tokens from `first` on were in it.
  struct Frame {
    mlir::Value data, rows, first;
  };
  /// A group or a head, and that which is taken after it: memory is asked for what that one needs.
  struct Unit {
    RowsOwner owner;
    mlir::Value number, following;
  };

  HeadRows(Emit &emit, const Recurrence &spec);

  /// How many pointers the kernel takes for it: of `before` inputs, states and weights; of `after` all but its input 0.
  static size_t pointerCount(const RecurrenceRows &rows);

  /// The kernel's arguments as a head has them, of which `args` has those that come with the call.
  llvm::SmallVector<mlir::Value> arguments(mlir::ValueRange args, const Frame &group, const Frame &head);
  /// Likewise where the recurrence's result goes, which is `out` if nothing comes after it.
  mlir::Value result(mlir::Value out, const Frame &head);

  /// Computes the unit's own arguments of the tokens [begin, end) of a call of `rows`.
  void before(mlir::ValueRange pointers, const Unit &unit, mlir::Value begin, mlir::Value end, mlir::Value rows,
              const Frame &frame);
  /// Computes the kernel's result of these tokens of a head.
  void after(mlir::ValueRange pointers, const Unit &head, mlir::Value begin, mlir::Value end, mlir::Value rows,
             const Frame &frame, mlir::Value out);
  /// Takes the states of a group or a head to after the call.
  void advance(mlir::ValueRange pointers, RowsOwner owner, mlir::Value number, mlir::Value rows);
  /// Moves an owner's arguments of `tokens` tokens from row `from` of the frame to its beginning.
  void moveToFront(RowsOwner owner, const Frame &frame, mlir::Value from, int64_t tokens);

private:
  struct Part;
  struct Argument {
    RowsOwner owner = RowsOwner::Head;
    int64_t width = 0, offset = 0; ///< features; 0: it comes with the call; bytes of a row of the frame before it
  };
  mlir::Value place(const Frame &frame, int64_t offset, int64_t width);
  mlir::Value scratch();

  Emit &e;
  const RecurrenceRows &rows;
  std::vector<std::shared_ptr<Part>> parts; ///< components of `before`
  std::shared_ptr<Part> last;               ///< `after`
  llvm::SmallVector<Argument> places;
  int64_t resultWidth = 0, scratchBytes = 64;
};

} // namespace braid::cpu
