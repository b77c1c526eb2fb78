// SPDX-License-Identifier: Apache-2.0
/// \file
/// The braid dialect: what a model is.
#pragma once

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/ControlFlowInterfaces.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

namespace braid::graph {
/// Row t of each result follows from row t of the operands, from weights, and from nothing else.
template <typename Op> class RowLocal : public mlir::OpTrait::TraitBase<Op, RowLocal> {};
} // namespace braid::graph

#include "dialects/braid/BraidDialect.h.inc"
#include "dialects/braid/BraidEnums.h.inc"
#include "dialects/braid/BraidInterfaces.h.inc"
#include "dialects/braid/BraidTypeInterfaces.h.inc"
#define GET_TYPEDEF_CLASSES
#include "dialects/braid/BraidTypes.h.inc"
namespace braid::graph {
/// The element as which naive meanings see a state's numbers: the storage itself, and f32 for int8.
mlir::Type elementOf(mlir::MLIRContext *context, StateStorage storage);
/// Numbers of a row of int8 that share a scale.
inline constexpr int64_t kInt8Group = 64;

/// Brings every variant that an op of `module` names into the module, from the catalogue where it has none of its own.
/// Emits an error for a name that neither has, and for an op that does not fit its variant.
mlir::LogicalResult importVariants(mlir::ModuleOp module);
} // namespace braid::graph
#define GET_OP_CLASSES
#include "dialects/braid/BraidOps.h.inc"
