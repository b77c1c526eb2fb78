// SPDX-License-Identifier: Apache-2.0
/// \file
/// Row programs around a recurrence, which run head by head in its tasks: gates and norms of what goes in, the norm and
/// gate of what comes out.
#pragma once

#include "compiler/targets/cpu/kernels/RowProgram.h"

namespace braid::cpu {

/// What a recurrence kernel computes of its arguments, and of its result. All heads are computed apart.
struct RecurrenceRows {
  std::optional<RowProgram> before;    ///< its outputs are arguments
  llvm::SmallVector<int> argOutputs;   ///< of each argument of the kernel: which of these it is; -1: it comes with the call
  std::optional<RowProgram> after;     ///< input 0 is the recurrence's result; one output
  /// Why it can't be cut into heads; empty: it can.
  std::string problem(int64_t heads) const;
  bool isComputed(size_t arg) const { return argOutputs[arg] >= 0; }
};

struct Recurrence;

/// Bytes of a row of a head's frame, below.
int64_t frameRowBytes(const RecurrenceRows &rows, int64_t heads);

/// Emits what runs around a recurrence. A head's arguments and results are kept in a frame: for each argument that is
/// computed, and last for the result, [rows][its features].
class HeadRows {
public:
  HeadRows(Emit &emit, const Recurrence &spec);

  /// How many pointers the kernel takes for it: of `before` inputs, states and weights; of `after` all but its input 0.
  static size_t pointerCount(const RecurrenceRows &rows);
  /// Bytes of a frame of so many rows, a multiple of 16.
  mlir::Value frameBytes(mlir::Value rows) { return e.mul(rows, e.i64(rowBytes)); }

  /// The kernel's arguments as a head has them, of which `args` has those that come with the call: addressed by a token's
  /// number as if all tokens from `first` on were in the frame.
  llvm::SmallVector<mlir::Value> arguments(mlir::ValueRange args, mlir::Value frame, mlir::Value rows, mlir::Value first);
  /// Likewise where the result goes, which is `out` if nothing comes after it.
  mlir::Value result(mlir::Value out, mlir::Value frame, mlir::Value rows, mlir::Value first);

  /// Computes arguments of the tokens [begin, end) of a head; `local` as `arguments` gives them.
  void before(mlir::ValueRange pointers, mlir::Value head, mlir::Value begin, mlir::Value end, mlir::ValueRange local);
  /// Computes the kernel's result of these tokens of a head; `local` as `result` gives it.
  void after(mlir::ValueRange pointers, mlir::Value head, mlir::Value begin, mlir::Value end, mlir::Value local,
             mlir::Value out);
  /// Takes the states of a head to after the call.
  void advance(mlir::ValueRange pointers, mlir::Value head, mlir::Value rows);
  /// Moves the arguments of `count` tokens from row `from` of the frame to its beginning.
  void moveToFront(mlir::Value frame, mlir::Value rows, mlir::Value from, int64_t count);

private:
  struct Part;
  mlir::Value place(mlir::Value frame, mlir::Value rows, mlir::Value first, int64_t offset, int64_t width);
  mlir::Value scratch();

  Emit &e;
  const RecurrenceRows &rows;
  std::vector<std::shared_ptr<Part>> parts;  ///< components of `before`
  std::shared_ptr<Part> last;                ///< `after`
  llvm::SmallVector<int64_t> offsets;        ///< of each argument: bytes of a row that lie before it
  llvm::SmallVector<int64_t> widths;         ///< of each argument; 0: it comes with the call
  int64_t resultOffset = 0, resultWidth = 0, rowBytes = 0, scratchBytes = 64;
};

} // namespace braid::cpu
