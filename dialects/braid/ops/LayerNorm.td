// SPDX-License-Identifier: Apache-2.0
// Layer and group normalisation.
def Braid_LayerNormOp : Braid_MathOp<"layer_norm", [Braid_RowLocal]> {
  let summary = "Layer norm with a weight and a bias; a group norm when there are several heads.";
  let description = [{
    `y = (x - mean(x)) / sqrt(mean((x - mean(x))^2) + epsilon) * g + b`, over each of `heads` equal slices of the
    features; weight and bias have the size of one slice, for all of them, or of all features. Without a bias, b = 0.
    arXiv 1607.06450, 1803.08494.

    ```mlir
    %y = braid.layer_norm %x, %g, %b {epsilon = 6.4e-04, heads = 32 : i64}
         : (tensor<?x2048xf32>, !braid.weight<2048, f32>, !braid.weight<2048, f32>) -> tensor<?x2048xf32>
    ```
  }];
  let arguments = (ins Braid_Tokens:$input, Braid_WeightType:$gain, Optional<Braid_WeightType>:$bias, F64Attr:$epsilon,
                       DefaultValuedAttr<I64Attr, "1">:$heads);
  let results = (outs Braid_Tokens:$result);
  let assemblyFormat = "$input `,` $gain (`,` $bias^)? attr-dict `:` functional-type(operands, results)";
  let hasVerifier = 1;
}
