// SPDX-License-Identifier: Apache-2.0
// All ops of the braid dialect: ops/*.td, gathered by the build.
include "dialects/braid/BraidBase.td"
include "mlir/IR/SymbolInterfaces.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "dialects/braid/OpFiles.td"
