// SPDX-License-Identifier: Apache-2.0
/// \file
/// A step as it is written, compiled: what models run where a step has no normal form.
#pragma once

#include "compiler/targets/cpu/CodeGen.h"
#include "compiler/targets/cpu/Jit.h"
#include "passes/derive/Interpreter.h"

namespace braid::cpu {

/// The naive meaning of one variant at one size, compiled for one ISA level.
class CompiledStep {
public:
  /// `op` must outlive the result. The context needs what registerAllDialects gives. Fails where no input differs from
  /// token to token.
  static llvm::Expected<CompiledStep> create(mlir::MLIRContext &context, const Isa &isa, attn::RecurrenceOp op,
                                             int64_t K, int64_t V, int64_t heads, int64_t ratio);

  /// Runs `problem` (of the compiled sizes) in calls of these many tokens each, from its states on.
  void run(const derive::SingleProblem &problem, llvm::ArrayRef<int64_t> calls, derive::SingleSolution &solution) const;

  /// One call. `args` are the inputs as Problem has them; `states` holds for each head its states, one after the other;
  /// `out` is [tokens][heads][V].
  void call(int64_t tokens, llvm::ArrayRef<const float *> args, float *states, float *out) const;
  /// How many numbers `states` has.
  int64_t stateSize() const;

private:
  mutable attn::RecurrenceOp op; ///< accessors of ops are not const
  int64_t K = 0, V = 0, heads = 0;
  std::shared_ptr<Jit> jit;
  SlotFunction *entry = nullptr;
};

} // namespace braid::cpu
