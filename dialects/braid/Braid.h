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

#include "dialects/braid/BraidDialect.h.inc"
#include "dialects/braid/BraidEnums.h.inc"
#include "dialects/braid/BraidInterfaces.h.inc"
#define GET_TYPEDEF_CLASSES
#include "dialects/braid/BraidTypes.h.inc"
#define GET_OP_CLASSES
#include "dialects/braid/BraidOps.h.inc"
