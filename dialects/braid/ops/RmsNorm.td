// SPDX-License-Identifier: Apache-2.0
// Root-mean-square normalisation.
def Braid_RmsNormOp : Braid_MathOp<"rms_norm", [Braid_RowLocal]> {
  let summary = "Root-mean-square norm with a weight.";
  let description = [{
    `y = x / sqrt(mean(x^2) + epsilon) * g`, over each of `heads` equal slices of the features; the weight has the
    size of one slice, for all of them, or of all features. arXiv 1910.07467.

    ```mlir
    %y = braid.rms_norm %x, %g {epsilon = 1.0e-05} : (tensor<?x576xf32>, !braid.weight<576, f32>) -> tensor<?x576xf32>
    ```
  }];
  let arguments = (ins Braid_Tokens:$input, Braid_WeightType:$gain, F64Attr:$epsilon,
                       DefaultValuedAttr<I64Attr, "1">:$heads);
  let results = (outs Braid_Tokens:$result);
  let assemblyFormat = "$input `,` $gain attr-dict `:` functional-type(operands, results)";
  let hasVerifier = 1;
}
