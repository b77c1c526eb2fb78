// SPDX-License-Identifier: Apache-2.0
// Norm to unit length.
def Braid_L2NormOp : Braid_MathOp<"l2_norm", [Braid_RowLocal]> {
  let summary = "Scales each head to a fixed length.";
  let description = [{
    `y = x / sqrt(sum(x^2) + epsilon) * scale`, over each of `heads` equal slices of the features. The keys and queries
    of the delta rule: arXiv 2412.06464.

    ```mlir
    %y = braid.l2_norm %x {epsilon = 1.0e-06, heads = 16 : i64, scale = 0.0883883476 : f64}
         : (tensor<?x2048xf32>) -> tensor<?x2048xf32>
    ```
  }];
  let arguments = (ins Braid_Tokens:$input, F64Attr:$epsilon, DefaultValuedAttr<I64Attr, "1">:$heads,
                       DefaultValuedAttr<F64Attr, "1.0">:$scale);
  let results = (outs Braid_Tokens:$result);
  let assemblyFormat = "$input attr-dict `:` functional-type(operands, results)";
  let hasVerifier = 1;
}
