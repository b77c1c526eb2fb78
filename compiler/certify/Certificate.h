// SPDX-License-Identifier: Apache-2.0
/// \file
/// Certificates: how far a compiled form of a step is from the step itself, which is interpreted in float64.
#pragma once

#include "compiler/certify/Cases.h"
#include "compiler/certify/Forms.h"

namespace braid::certify {

/// The largest relative error of a form where the step is well conditioned, and of one whose states are bf16 between
/// calls: one unit in the last place of that.
inline constexpr double kBound = 1e-5;
inline constexpr double kNarrowBound = 0x1p-7;

/// How many tokens every step must stay in the range of f32 for, whatever its inputs are.
inline constexpr int64_t kLeastTokens = 64;

/// How many faults of a form are told.
inline constexpr size_t kMostFaults = 5;

/// What is known of one form on one ISA level. Errors are the largest difference of a head's outputs, or of a state (of
/// a combine: of states alone), relative to the largest number of that; infinite for NaN, infinity, or a failing form.
struct Certificate {
  std::string form, isa;
  std::string precision = "f32"; ///< of states between calls
  int64_t runs = 0;
  double error = 0;      ///< the largest one
  std::string worst = {}; ///< where: case and calls
  /// By how much one rounding of states a token, and of all inputs, is amplified at the worst case. Measured only
  /// where some error is above the bound, else 0.
  double condition = 0;
  /// Errors that are not explained by the condition: form, sizes, kinds of inputs, seed, calls. At most
  /// kMostFaults.
  std::vector<std::string> faults = {};
  /// A case in which the step itself leaves the range of f32, and up to where it was certified. None: empty.
  std::string growth = {};
  bool isGood() const { return faults.empty(); }
  double bound() const { return precision == "bf16" ? kNarrowBound : kBound; }
};

struct CertifyOptions {
  Depth depth = Depth::Quick;
  uint64_t seed = 1;
  /// Empty: all that the variant has. Chunk and combine are compiled for the best ISA level alone, and by quick at one
  /// size.
  std::vector<std::string> forms;
};

/// Certifies the forms of a variant, on all cores. Fails when one does not compile.
llvm::Expected<std::vector<Certificate>> certify(mlir::MLIRContext &context, const derive::NormalForm &form,
                                                 const CertifyOptions &options);

/// One case of one size, for all of `forms`; their certificates are in the same order. Where the step itself leaves the
/// range of f32, as it may when keys that are read and written contradict each other, half of the tokens are taken, or
/// half of these and so on; such a step within kLeastTokens is a fault.
llvm::Error certifyCase(attn::RecurrenceOp op, const Size &size, const Case &which,
                        llvm::ArrayRef<CompiledForm> forms, llvm::ArrayRef<Certificate *> certificates);

} // namespace braid::certify
