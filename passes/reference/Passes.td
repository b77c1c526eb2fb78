// SPDX-License-Identifier: Apache-2.0
// reference: any op -> its naive meaning.
include "mlir/Pass/PassBase.td"

def ExpandMeaningPass : Pass<"braid-expand-meaning"> {
  let summary = "Replaces every op by its naive meaning in linalg and scf";
  let description = [{The oracle: nothing that comes out is optimised. Kernels are dissolved into their bodies first.}];
  let dependentDialects = ["::braid::attn::AttnDialect", "::mlir::arith::ArithDialect",
                           "::mlir::linalg::LinalgDialect", "::mlir::math::MathDialect",
                           "::mlir::memref::MemRefDialect", "::mlir::scf::SCFDialect",
                           "::mlir::tensor::TensorDialect"];
}
