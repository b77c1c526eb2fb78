// SPDX-License-Identifier: Apache-2.0
/// \file
/// .mlir files that a user names.
#pragma once

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include "mlir/Parser/Parser.h"

namespace braid {

/// Parses the text at `path`; null after an error that names the file. MLIR's parser recurses without bound, so text
/// whose brackets nest deeper than any program's is refused before it, and so is bytecode, whose reader trusts it.
mlir::OwningOpRef<mlir::ModuleOp> parseFile(llvm::StringRef path, const mlir::ParserConfig &config);

} // namespace braid
