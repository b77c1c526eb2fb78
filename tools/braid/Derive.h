// SPDX-License-Identifier: Apache-2.0
/// \file
/// What `braid derive` finds out about a variant, and how it is shown.
#pragma once

#include "compiler/certify/Certificate.h"
#include "models/formats/Json.h"
#include "tools/braid/Table.h"

namespace braid::tools {

/// Sizes and threads of --bench.
struct TimeOptions {
  int64_t K = 128, V = 128, tokens = 512, heads = 32;
  int threads = 1;
};

/// What one form takes, and what the machine could do in the same run.
struct FormTime {
  std::string form;
  int64_t tokens = 1;  ///< a call
  int threads = 1;
  double seconds = 0;  ///< a token and head; the median
  double flops = 0;    ///< a second, of those that the normal form counts; 0: none are known for this form
  double peakFlops = 0;
  double bytes = 0;    ///< a second, of those that the cost model counts; 0: likewise
  double peakBytes = 0; ///< of updating a buffer as large as the states (step), or reading one as large as the inputs
  double share() const { return std::max(ofFlops(), ofBytes()); }
  bool isBoundByMemory() const { return ofBytes() > ofFlops(); }
  double ofFlops() const { return peakFlops > 0 ? flops / peakFlops : 0; }
  double ofBytes() const { return peakBytes > 0 ? bytes / peakBytes : 0; }
};

/// Everything that is known of one variant.
struct Derivation {
  derive::NormalForm form;
  std::string file; ///< empty: of the catalogue
  std::vector<std::string> forms; ///< those that were asked for and that it has
  double seconds = 0; ///< to derive and compile its forms at K = V = 128, one ISA level
  std::vector<certify::Certificate> certificates = {};
  std::vector<FormTime> times = {};
  bool isGood() const { return llvm::all_of(certificates, [](const auto &c) { return c.isGood(); }); }
};

/// Times every form of `forms` on this machine: step and scan are the kernel that models have, or where there is no
/// normal form the step as it is written; chunk and combine run on one thread, and combine gives the states' map alone.
llvm::Expected<std::vector<FormTime>> timeForms(mlir::MLIRContext &context, const derive::NormalForm &form,
                                                llvm::ArrayRef<std::string> forms, const TimeOptions &options);

/// "file.mlir:3:8", or nothing.
std::string placeOf(mlir::Location location);

/// Shows derivations: as text with tables, as one table of certificates (and times), as one JSON array of everything.
void report(llvm::raw_ostream &os, llvm::ArrayRef<Derivation> derivations, TableFormat format);

/// Writes the whole catalogue as a page: formulas, classes, costs, papers.
llvm::Error reportCatalog(mlir::MLIRContext &context, llvm::raw_ostream &os);

} // namespace braid::tools
