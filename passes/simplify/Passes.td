// SPDX-License-Identifier: Apache-2.0
// simplify: folds what importers emit.
include "mlir/Pass/PassBase.td"

def MergeLayerKindsPass : Pass<"braid-merge-layer-kinds", "::mlir::ModuleOp"> {
  let summary = "Gives layers of one shape one function";
  let description = [{
    Functions that are equal but for their names become one, and their callers call it: a model of thirty equal layers
    is compiled as one layer called thirty times.
  }];
}
