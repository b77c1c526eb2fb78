// SPDX-License-Identifier: Apache-2.0
/// \file
/// From row-local ops to row programs.
#pragma once

#include "compiler/targets/cpu/Kernel.h"
#include "compiler/targets/cpu/kernels/RowProgram.h"

namespace braid::cpu {

/// Translates ops of a kernel's function, producers first.
class RowTranslator {
public:
  /// Makes an argument of the function known. Fails where a row program has no such input.
  bool addArgument(mlir::BlockArgument argument);
  /// Makes a tensor known that is none of the function's arguments; `tensors` has -1 for it.
  bool addInput(mlir::Value value);
  /// Fails where the op is none of a row program.
  bool translate(mlir::Operation &op);
  /// Translates ops in their order, with the arguments that they read.
  bool translateAll(llvm::ArrayRef<mlir::Operation *> ops);
  /// Makes the value of a tensor the program's next output.
  void addOutput(mlir::Value value) { program.outputs.push_back(node(value)); }
  /// Whether there are outputs, and one depends on each state: others would not be taken along.
  bool isComplete() const;
  /// How the program's weights lie in memory.
  llvm::SmallVector<WeightGroup> weightGroups() const;

  RowProgram program;
  llvm::SmallVector<int> tensors;             ///< argument numbers of the program's inputs
  llvm::SmallVector<unsigned> states, weights; ///< of its states and weights

private:
  RowId node(mlir::Value value);
  RowId weight(mlir::Value value, int64_t width, bool tiled) {
    return program.weight(indexOf.lookup(value), width, tiled);
  }
  RowId binary(RowOp op, RowId a, RowId b) { return program.binary(op, a, b); }
  RowId withNumber(RowOp op, RowId a, double number) { return binary(op, a, program.constant(number)); }
  RowId inverseLength(RowId squares, int64_t heads, double count, double epsilon);
  RowId rmsNorm(graph::RmsNormOp op);
  RowId l2Norm(graph::L2NormOp op);
  RowId layerNorm(graph::LayerNormOp op);
  std::optional<int> stream(mlir::Value input, mlir::Value state);
  std::optional<RowId> shortConv(graph::ShortConvOp op);
  std::optional<RowId> tokenShift(graph::TokenShiftOp op);
  std::optional<RowId> rope(graph::RopeOp op);
  std::optional<RowId> elementwise(mlir::Operation &op);

  llvm::DenseMap<mlir::Value, RowId> nodes;
  llvm::DenseMap<mlir::Value, int> indexOf; ///< of arguments: which input, state or weight
};

} // namespace braid::cpu
