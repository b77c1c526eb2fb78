// SPDX-License-Identifier: Apache-2.0
/// \file
/// Compiling chunkwise forms and running them on the problems of the float64 interpreter.
#pragma once

#include "compiler/targets/cpu/TensorRun.h"
#include "passes/derive/Chunk.h"
#include "passes/derive/Interpreter.h"

namespace braid::cpu {

/// What a chunk function is called for: some heads in groups, of one variant at one size.
struct ChunkLayout {
  const derive::NormalForm *form = nullptr;
  derive::ChunkShape shape = {};
  int64_t heads = 1;

  int64_t groups() const { return heads / shape.ratio; }
  llvm::Error check() const;
  /// Brings `rows` tokens of a group from token `start` on to the arguments of `function` in `frame`, from its argument
  /// `first` on. The layouts of `inputs` are those of Problem, without the states.
  void load(llvm::ArrayRef<std::vector<float>> inputs, int64_t tokens, int64_t group, int64_t start, int64_t rows,
            const CompiledTensors &function, unsigned first, void *frame) const;
};

/// The chunkwise form of one variant at one size, compiled for one ISA level.
class CompiledChunk {
public:
  /// `form` must outlive the result. The context needs what registerAllDialects gives. Fails when the form has no chunk
  /// form or the sizes are none.
  static llvm::Expected<CompiledChunk> create(mlir::MLIRContext &context, const Isa &isa,
                                              const derive::NormalForm &form, int64_t K, int64_t V, int64_t heads,
                                              int64_t ratio, int64_t chunk = 64, int64_t block = 16);

  /// Runs `problem` (of the compiled sizes) in calls of these many tokens each, from its states on. Each call is cut
  /// into chunks, of which the last may be ragged. What is no number in the frame beforehand stays out of the result.
  void run(const derive::SingleProblem &problem, llvm::ArrayRef<int64_t> calls, derive::SingleSolution &solution) const;
  /// The same of numbers that are rounded first.
  derive::Solution run(const derive::Problem &problem, llvm::ArrayRef<int64_t> calls) const;

  /// The same in f32, in one call: the layouts are those of Problem and Solution.
  void run(llvm::ArrayRef<std::vector<float>> inputs, int64_t tokens, std::vector<std::vector<float>> &states,
           float *output, void *frame) const;

  int64_t frameBytes() const { return function.frameBytes; }

private:
  ChunkLayout layout;
  CompiledTensors function;
};

/// The associative combine of one variant: each chunk as an affine map of the states, and the maps composed.
class CompiledCombine {
public:
  /// As CompiledChunk::create.
  static llvm::Expected<CompiledCombine> create(mlir::MLIRContext &context, const Isa &isa,
                                                const derive::NormalForm &form, int64_t K, int64_t V, int64_t heads,
                                                int64_t ratio, int64_t chunk = 64);

  /// In which order neighbouring chunks are combined.
  enum class Order { Sequential, Tree };
  /// The states after all tokens of `problem`, laid out as its states are.
  std::vector<std::vector<float>> states(const derive::SingleProblem &problem, Order order) const;

  /// A, B of the states, then of the columns, one after the other.
  using Map = std::vector<std::vector<float>>;
  /// What `tokens` tokens (at least one) do to the states of a group of heads; `inputs` as for CompiledChunk::run.
  Map mapOfAll(llvm::ArrayRef<std::vector<float>> inputs, int64_t tokens, int64_t group, Order order) const;
  int64_t groups() const { return layout.groups(); }

private:
  Map mapOf(llvm::ArrayRef<std::vector<float>> inputs, int64_t tokens, int64_t group, int64_t start) const;
  Map combine(const Map &earlier, const Map &later) const;

  ChunkLayout layout;
  CompiledTensors transition, pair;
};

} // namespace braid::cpu
