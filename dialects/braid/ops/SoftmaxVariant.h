// SPDX-License-Identifier: Apache-2.0
/// \file
/// What ops that attend by an attn.softmax variant share.
#pragma once

#include "dialects/attn/Attn.h"
#include "dialects/braid/ops/Support.h"

namespace braid::graph {

/// Checks that `name` is an attn.softmax of the module or the catalogue that takes `params`, all of them indices.
mlir::LogicalResult verifySoftmaxVariant(mlir::Operation *op, mlir::FlatSymbolRefAttr name,
                                         llvm::ArrayRef<int64_t> params, mlir::SymbolTableCollection &symbols);

/// Copies a region of the variant here, with (params, args) for its arguments; gives what it yields.
mlir::Value inlineRegion(mlir::ImplicitLocOpBuilder &b, mlir::Region &region, llvm::ArrayRef<int64_t> params,
                         llvm::ArrayRef<mlir::Value> args);

} // namespace braid::graph
