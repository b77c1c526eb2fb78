// SPDX-License-Identifier: Apache-2.0
/// \file
/// Runs a function call after call on one set of states, and compares what two runs give.
#pragma once

#include "compiler/numerics/Program.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace braid::numerics {

/// The calls of one check: their sizes and what goes in.
struct Script {
  mlir::func::FuncOp function;
  std::vector<int64_t> tokens; ///< of each call
  int64_t start = 0, rows = 1;

  int64_t position(size_t call) const;
  int64_t maxTokens() const { return *llvm::max_element(tokens); }
};

/// Bytes of each tensor argument of each call, in order.
using Inputs = std::vector<std::vector<uint8_t>>;
Inputs makeInputs(const Script &script, InputKind kind);

/// Numbers of each tensor result of each call, in order. What a call has not written has the bits `kUnwritten`.
using Outputs = std::vector<std::vector<float>>;
inline constexpr uint32_t kUnwritten = 0x7fc0beef; // a NaN

/// How `parallel` runs the tasks of a kernel: one after the other, or on three threads.
enum class Threads { One, Three };

/// Runs all calls of a script. Fails with an error at the function where a call writes past the
/// end of a result, or writes nothing of it.
mlir::FailureOr<Outputs> run(Program &program, const Form &form, const Script &script, const Inputs &inputs,
                             Threads threads);

/// The first token of a script where two runs differ by more than a tolerance, as text; nothing when there is none.
/// `worst` grows to the largest error seen.
std::optional<std::string> compare(const Script &script, const Outputs &got, const Outputs &want, double tolerance,
                                   double &worst);

/// The same, bit by bit.
std::optional<std::string> compareBits(const Script &script, const Outputs &got, const Outputs &want);

} // namespace braid::numerics
