// SPDX-License-Identifier: Apache-2.0
/// \file
/// Runs the checks of a file: each function in every form on every ISA level of this machine against its naive meaning.
#pragma once

#include "dialects/Precompiled.h"

namespace braid::numerics {

/// Runs all `check.*` ops of `file`. Prints a line a check and form to `os`; each difference is a diagnostic at its
/// check. Fails if there was one, or if something can't be compiled.
mlir::LogicalResult runChecks(mlir::ModuleOp file, llvm::raw_ostream &os);

} // namespace braid::numerics
