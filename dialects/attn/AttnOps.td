// SPDX-License-Identifier: Apache-2.0
// All ops of the attn dialect: ops/*.td, gathered by the build.
include "dialects/attn/AttnBase.td"
include "mlir/IR/OpAsmInterface.td"
include "mlir/IR/SymbolInterfaces.td"
include "mlir/Interfaces/SideEffectInterfaces.td"
include "mlir/Interfaces/ControlFlowInterfaces.td"
include "dialects/attn/OpFiles.td"
