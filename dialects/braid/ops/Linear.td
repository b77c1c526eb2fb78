// SPDX-License-Identifier: Apache-2.0
// Linear maps.
def Braid_LinearOp : Braid_MathOp<"linear"> {
  let summary = "A linear map of each token's features.";
  let description = [{
    `y = x W^T + b`, W stored [out, in].

    ```mlir
    %y = braid.linear %x, %w : (tensor<?x576xf32>, !braid.weight<192x576, q4_1>) -> tensor<?x192xf32>
    %z = braid.linear %x, %w bias %b : (tensor<?x576xf32>, !braid.weight<192x576, q4_1>, !braid.weight<192, f32>)
           -> tensor<?x192xf32>
    ```
  }];
  let arguments = (ins Braid_Tokens:$input, Braid_WeightType:$weight, Optional<Braid_WeightType>:$bias);
  let results = (outs Braid_Tokens:$result);
  let assemblyFormat = "$input `,` $weight (`bias` $bias^)? attr-dict `:` functional-type(operands, results)";
  let hasVerifier = 1;
}
