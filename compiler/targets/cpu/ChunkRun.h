// SPDX-License-Identifier: Apache-2.0
/// \file
/// Compiling chunkwise forms and running them on the problems of the float64 interpreter.
#pragma once

#include "compiler/targets/cpu/TensorRun.h"
#include "passes/derive/Chunk.h"
#include "passes/derive/Interpreter.h"

namespace braid::cpu {

/// The chunkwise form of one variant at one size, compiled for one ISA level.
class CompiledChunk {
public:
  /// `form` must outlive the result. The context needs what registerAllDialects gives. Fails when the form has no chunk
  /// form or the sizes are none.
  static llvm::Expected<CompiledChunk> create(mlir::MLIRContext &context, const Isa &isa,
                                              const derive::NormalForm &form, int64_t K, int64_t V, int64_t heads,
                                              int64_t ratio, int64_t chunk = 64);

  /// Runs `problem` (of the compiled sizes) in calls of these many tokens each, from its states on. Each call is cut
  /// into chunks, of which the last may be ragged. What is no number in the frame beforehand stays out of the result.
  derive::Solution run(const derive::Problem &problem, llvm::ArrayRef<int64_t> calls) const;

  /// What an f32 run takes and gives; the layouts are those of Problem and Solution.
  void run(llvm::ArrayRef<std::vector<float>> inputs, int64_t tokens, std::vector<std::vector<float>> &states,
           float *output, void *frame) const;

  int64_t frameBytes() const { return function.frameBytes; }

private:
  const derive::NormalForm *form = nullptr;
  derive::ChunkShape shape;
  int64_t heads = 1;
  CompiledTensors function;
};

} // namespace braid::cpu
