// SPDX-License-Identifier: Apache-2.0
/// \file
/// What a row kernel computes: a small graph over one row of features, where each row of the results follows from the
/// same row of the inputs.
#pragma once

#include "compiler/targets/cpu/kernels/Nonlinearity.h"

namespace braid::cpu {

using RowId = int; ///< of a node of a RowProgram

enum class RowOp : uint8_t {
  Input,    ///< a tensor of the call
  Earlier,  ///< a tensor of the call, some rows before: from a state where that is before the call's first row
  Weight,   ///< numbers that all rows share, spread or repeated over the features
  Tap,      ///< one column of a weight of features by taps
  Constant, ///< one number
  Add, Sub, Mul, Div, Max, Min,
  Neg, Abs, Sqrt, Rsqrt, Log,
  Function, ///< a nonlinearity
  Reduce,   ///< the sum of each of `heads` equal slices
  Spread,   ///< each feature repeated for neighbours
  Rope,     ///< rotated pairs
};

struct RowNode {
  RowOp op;
  int64_t width = 0; ///< features; 0: a constant, of any width
  llvm::SmallVector<RowId, 2> operands = {};
  int index = 0;         ///< Input, Earlier, Weight, Tap: which one; Rope: the input that is its table
  int state = 0;         ///< Earlier: which state
  int64_t number = 0;    ///< Earlier: how many rows before; Tap: which
  int64_t heads = 1;     ///< Reduce, Rope
  double value = 0;      ///< Constant
  Nonlinearity function = Nonlinearity::None;
  bool tiled = false;       ///< Weight: number f % n serves feature f, not number f / (width / n)
  bool interleaved = false; ///< Rope: pairs are (2i, 2i + 1), not (i, i + dims / 2)
  bool operator==(const RowNode &) const = default;
};

struct RowProgram {
  /// The last rows of an input, from call to call: f32 [rows][features], zero before the first token.
  struct State {
    int input;
    int64_t rows;
  };
  struct Weight {
    int64_t count;    ///< of numbers; of taps: the features
    int64_t taps = 0; ///< columns of a weight of features by taps; 0: a vector
  };

  std::string name = {};
  llvm::SmallVector<int64_t> inputs = {}; ///< features of each tensor that is read
  llvm::SmallVector<State> states = {};
  llvm::SmallVector<Weight> weights = {}; ///< vectors as they are; taps as WeightLayout's panels of f32
  std::vector<RowNode> nodes = {};         ///< operands first; equal nodes are one
  llvm::SmallVector<RowId> outputs = {};   ///< -1: what another component writes

  RowId add(RowNode node);
  RowId constant(double number) { return add({.op = RowOp::Constant, .value = number}); }
  RowId unary(RowOp op, RowId x) { return add({.op = op, .width = nodes[x].width, .operands = {x}}); }
  RowId binary(RowOp op, RowId a, RowId b) {
    return add({.op = op, .width = std::max(nodes[a].width, nodes[b].width), .operands = {a, b}});
  }
  RowId apply(Nonlinearity function, RowId x) {
    return add({.op = RowOp::Function, .width = nodes[x].width, .operands = {x}, .function = function});
  }
  RowId input(int index) { return add({.op = RowOp::Input, .width = inputs[index], .index = index}); }
  RowId weight(int index, int64_t width, bool tiled) {
    return add({.op = RowOp::Weight, .width = width, .index = index, .tiled = tiled && weights[index].count != width});
  }
  RowId earlier(int state, int64_t number) {
    int index = states[state].input;
    if (number == 0)
      return input(index);
    return add({.op = RowOp::Earlier, .width = inputs[index], .index = index, .state = state, .number = number});
  }
  RowId tap(int index, int64_t number) {
    return add({.op = RowOp::Tap, .width = weights[index].count, .index = index, .number = number});
  }
  RowId reduce(RowId x, int64_t heads) {
    return add({.op = RowOp::Reduce, .width = heads, .operands = {x}, .heads = heads});
  }
  RowId spread(RowId x, int64_t width) {
    return nodes[x].width == width ? x : add({.op = RowOp::Spread, .width = width, .operands = {x}});
  }
  RowId rope(RowId x, int table, int64_t heads, bool interleaved) {
    return add({.op = RowOp::Rope, .width = nodes[x].width, .operands = {x}, .index = table, .heads = heads,
                .interleaved = interleaved});
  }

  /// Whether a weight is read as one that repeats.
  bool isTiled(int weight) const;

  /// The parts that exchange no values. Each has all inputs, states, weights and outputs of the whole, by the same
  /// numbers, and the nodes that its own outputs need. No two read the same state.
  std::vector<RowProgram> components() const;

  /// Whether the program looks back at a state's input.
  bool readsState(int state) const;

  /// The most equal slices of a row that can be computed apart: no head is cut.
  int64_t independentSlices() const;
};

} // namespace braid::cpu
