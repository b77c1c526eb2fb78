// SPDX-License-Identifier: Apache-2.0
/// \file
/// Compiling recurrences and running them on the problems of the float64 interpreter.
#pragma once

#include "compiler/targets/cpu/Jit.h"
#include "compiler/targets/cpu/kernels/Recurrence.h"
#include "passes/derive/Interpreter.h"
#include "runtime/include/braid_abi.h"

namespace braid::cpu {

/// How tasks are run: results must not depend on it.
struct Tasks {
  int64_t threads = 1;
  bool backwards = false;
};

/// One variant at one size, compiled for one ISA level.
class CompiledRecurrence {
public:
  static llvm::Expected<CompiledRecurrence> create(mlir::MLIRContext &context, const Isa &isa,
                                                   const derive::NormalForm &form, int64_t K, int64_t V, int64_t heads,
                                                   int64_t ratio, bool isNarrow = false);

  /// Runs `problem` (of the compiled sizes) in calls of these many tokens each, from its states on. Narrow states are
  /// kept as bf16, the initial ones as well. Scratch starts as NaN; scratch, state and output end at guard pages. Not for
  /// several threads at once.
  void run(const derive::SingleProblem &problem, llvm::ArrayRef<int64_t> calls, derive::SingleSolution &solution,
           Tasks tasks = {}) const;
  /// The same of numbers that are rounded first.
  derive::Solution run(const derive::Problem &problem, llvm::ArrayRef<int64_t> calls, Tasks tasks = {}) const;

  const Recurrence &shape() const { return spec; }
  int64_t scratchBytes(int64_t rows) const { return spec.scratchBytes(isa, rows); }
  /// One call: `args` as Problem has them, `state` and `scratch` of the bytes that shape() and scratchBytes() give, `out`
  /// [rows][heads][V].
  void call(const braid_call &call, int64_t rows, llvm::ArrayRef<const float *> args, float *state, uint8_t *scratch,
            float *out) const;

  /// Whether everything that is padded in the states was zero after the last run.
  mutable bool paddingIsZero = true;

private:
  struct Memory;
  /// Calls `body(state, index, offset)` for each number of the states of a problem, in their order.
  void forNumbers(llvm::function_ref<void(unsigned, int64_t, int64_t)> body) const;
  /// A number of a state in memory.
  void storeNumber(float number, uint8_t *at) const;
  float loadNumber(const uint8_t *at) const;

  Isa isa;
  const derive::NormalForm *form = nullptr;
  Recurrence spec;
  std::shared_ptr<Jit> jit;
  SlotFunction *entry = nullptr;
  std::shared_ptr<Memory> memory; ///< of runs
};

} // namespace braid::cpu
