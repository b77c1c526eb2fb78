// SPDX-License-Identifier: Apache-2.0
/// \file
/// The size of a variant's regions: analyses recurse from each result to what it is made of.
#pragma once

#include "mlir/IR/Operation.h"

namespace braid::attn {

/// Fails, with an error on `op`, if its region has more operations than any step that is worth writing down.
inline mlir::LogicalResult verifySize(mlir::Operation *op, mlir::Region &region, llvm::StringRef what) {
  constexpr size_t most = 1024;
  size_t count = 0;
  region.walk([&](mlir::Operation *) {
    return ++count > most ? mlir::WalkResult::interrupt() : mlir::WalkResult::advance();
  });
  if (count <= most)
    return mlir::success();
  return op->emitOpError() << "expected at most " << most << " operations in its " << what << ", got more";
}

} // namespace braid::attn
