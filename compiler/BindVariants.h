// SPDX-License-Identifier: Apache-2.0
/// \file
/// Attention variants from files of the user's.
#pragma once

#include "dialects/Precompiled.h"

namespace braid {

/// Brings the variants of `files` into `module`, then those of the catalogue that it uses. A variant takes the place of
/// one with its name; a file given as `name=file.mlir` has one variant, which takes the place of `name`. Emits an error,
/// at the variant, for one whose signature does not fit where the module uses it, and for a file of which nothing is
/// used.
mlir::LogicalResult bindVariants(mlir::ModuleOp module, llvm::ArrayRef<std::string> files);

} // namespace braid
