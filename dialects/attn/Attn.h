// SPDX-License-Identifier: Apache-2.0
/// \file
/// The attn dialect: attention variants as mathematics.
#pragma once

#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/ControlFlowInterfaces.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include "dialects/attn/AttnDialect.h.inc"
#include "dialects/attn/AttnEnums.h.inc"
#define GET_TYPEDEF_CLASSES
#include "dialects/attn/AttnTypes.h.inc"
#define GET_OP_CLASSES
#include "dialects/attn/AttnOps.h.inc"

namespace braid::attn {

/// The text of a catalogue variant by name ("causal", "kda"), or nothing. Files: dialects/attn/catalog/*/*.mlir.
std::optional<llvm::StringRef> catalogText(llvm::StringRef name);

/// The names of all catalogue variants of one family, `opName` being "attn.softmax" or "attn.recurrence".
llvm::SmallVector<llvm::StringRef> catalogNames(llvm::StringRef opName);

/// Makes sure that `module` defines the variant `name` as an op of kind `opName`: found there, else parsed from the
/// catalogue and inserted at the front. Emits an error that lists the family's catalogue when there is none.
mlir::FailureOr<mlir::Operation *> importVariantOp(mlir::ModuleOp module, llvm::StringRef name, llvm::StringRef opName);

/// The same, typed.
template <typename Variant = SoftmaxOp>
mlir::FailureOr<Variant> importVariant(mlir::ModuleOp module, llvm::StringRef name) {
  mlir::FailureOr<mlir::Operation *> op = importVariantOp(module, name, Variant::getOperationName());
  if (failed(op))
    return mlir::failure();
  return llvm::cast<Variant>(*op);
}

} // namespace braid::attn
