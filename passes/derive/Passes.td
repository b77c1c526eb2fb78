// SPDX-License-Identifier: Apache-2.0
// derive: forms of attention variants that follow from their definition.
include "mlir/Pass/PassBase.td"

def DeriveBlockMaskPass : Pass<"braid-derive-block-mask", "::braid::attn::SoftmaxOp"> {
  let summary = "Derives from a mask which key blocks are empty, full or partial";
  let description = [{
    Evaluates the mask over intervals: for queries i0..i1 and keys j0..j1 it gives whether some pair is visible and
    whether all are. What interval arithmetic can't bound counts as partial, which is always right.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect"];
}
