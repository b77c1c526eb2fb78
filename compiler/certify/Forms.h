// SPDX-License-Identifier: Apache-2.0
/// \file
/// The forms of a variant, compiled at one size, as functions from a problem to its solution. A step without a normal
/// form has one, the step as it is written.
#pragma once

#include "compiler/targets/cpu/CodeGen.h"
#include "passes/derive/Interpreter.h"

namespace braid::certify {

/// One form, compiled for one ISA level and size. Numbers are f32; states between calls may be bf16.
struct CompiledForm {
  std::string form; ///< "step", "scan", "chunk", "combine"
  std::string isa;
  /// Solves a problem of the compiled size in calls of these many tokens. An error is a fault of the form. The solution's
  /// memory is used again.
  std::function<llvm::Error(const derive::SingleProblem &, llvm::ArrayRef<int64_t> calls, derive::SingleSolution &)> run;
  /// In how many calls a sequence is cut at most. 1: how it is cut makes no difference to this form.
  int64_t mostCalls;
  bool givesOutput = true; ///< or the states after the last token alone
  bool isNarrow = false;   ///< states are bf16 between calls
  bool sumsPairs = false;  ///< what a token writes is a sum over tokens of its chunk, each of them rounded
  const char *precision() const { return isNarrow ? "bf16" : "f32"; }
};

/// The names of the forms that `form` has, those a token first.
llvm::SmallVector<llvm::StringRef> formsOf(const derive::NormalForm &form);

/// The ISA levels of x86-64-v3, x86-64-v4 and native that this machine has, the best one last.
llvm::SmallVector<cpu::Isa> levelsHere();

/// Compiles the forms that `names` has. `form` must live as long as what is returned.
llvm::Expected<std::vector<CompiledForm>>
compileForms(mlir::MLIRContext &context, const derive::NormalForm &form, llvm::ArrayRef<std::string> names,
             llvm::ArrayRef<cpu::Isa> levels, int64_t K, int64_t V, int64_t heads, int64_t ratio);
/// The same, of step and scan, with states that are bf16 between calls.
llvm::Expected<std::vector<CompiledForm>>
compileNarrowForms(mlir::MLIRContext &context, const derive::NormalForm &form, llvm::ArrayRef<std::string> names,
                   const cpu::Isa &level, int64_t K, int64_t V, int64_t heads, int64_t ratio);

} // namespace braid::certify
