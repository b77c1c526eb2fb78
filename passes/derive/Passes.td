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

def DeriveNormalFormPass : Pass<"braid-derive-normal-form", "::braid::attn::RecurrenceOp"> {
  let summary = "Proves which forms a recurrent step has";
  let description = [{
    Brings the step into normal form: what is read from the state before the token, and what the token makes of it.
    Notes its class and the forms that follow as the attributes `class` and `forms`. Where the step is not affine in the
    state, a remark names the operation that made it so, and what is left.
  }];
  let options = [Option<"print", "print", "bool", "false", "Print the normal form to standard output">];
}

def DeriveChunkPass : Pass<"braid-derive-chunk", "::mlir::ModuleOp"> {
  let summary = "Derives the chunkwise form and the associative combine of each recurrence";
  let description = [{
    For each attn.recurrence of the module that has them, defines the functions `@<variant>_chunk`,
    `@<variant>_transition` and `@<variant>_combine` for the given sizes, and proves that no exponent in them is positive.
  }];
  let options = [Option<"keyWidth", "key", "int64_t", "64", "K">, Option<"valueWidth", "value", "int64_t", "64", "V">,
                 Option<"ratio", "ratio", "int64_t", "1", "Heads that share what the variant marks shared">,
                 Option<"tokens", "tokens", "int64_t", "64", "Tokens of a chunk">,
                 Option<"block", "block", "int64_t", "16", "Tokens between anchors of key-channel decays">,
                 Option<"combine", "combine", "bool", "true", "Whether to derive transition and combine">];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::func::FuncDialect", "::mlir::linalg::LinalgDialect",
                           "::mlir::math::MathDialect", "::mlir::scf::SCFDialect", "::mlir::tensor::TensorDialect"];
}

def VerifyExponentsPass : Pass<"braid-verify-exponents", "::mlir::func::FuncOp"> {
  let summary = "Proves that no exponent is ever positive";
  let description = [{
    Of each exp it shows that its operand is at most 0: from arguments that are marked `attn.log`, by the signs of sums,
    products and selections, through slices and loops. What can't be proved is an error, and so is a division by what
    has a decay as a factor: both overflow where a decay is strong.
  }];
}
