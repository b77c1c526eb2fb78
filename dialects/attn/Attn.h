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
#define GET_OP_CLASSES
#include "dialects/attn/AttnOps.h.inc"

namespace braid::attn {

/// The text of a catalogue variant by name ("causal"), or nothing. Files: dialects/attn/catalog/softmax/*.mlir.
std::optional<llvm::StringRef> catalogText(llvm::StringRef name);

/// Makes sure that `module` defines the variant `name`: found there, else parsed from the catalogue and inserted at the
/// front. Emits an error that lists the catalogue when there is none.
mlir::FailureOr<SoftmaxOp> importVariant(mlir::ModuleOp module, llvm::StringRef name);

} // namespace braid::attn
