// SPDX-License-Identifier: Apache-2.0
// Mixture of experts.
def Braid_ExpertsOp : Braid_MathOp<"experts"> {
  let summary = "The weighed sum of the MLPs that a router chose.";
  let description = [{
    `y = sum over slots s of w_s down_e (act(gate_e x) * up_e x)` with `e = ids_s`; without a gate `act(up_e x)`. Weights
    are stored [experts, inner, features] (gate, up) and [experts, features, inner] (down). An id lies in [0, experts):
    a router gives no other one. The order of a token's slots does not matter. arXiv 1701.06538, 2101.03961.

    ```mlir
    %y = braid.experts silu %x, %ids, %weights, gate %wg, up %wu, down %wd
      : (tensor<?x64xf32>, tensor<?x2xi32>, tensor<?x2xf32>, !braid.weight<8x32x64, bf16>, !braid.weight<8x32x64, bf16>,
         !braid.weight<8x64x32, bf16>) -> tensor<?x64xf32>
    ```
  }];
  let arguments = (ins Braid_Activation:$activation, Braid_Tokens:$input, Braid_ExpertIds:$ids, Braid_Tokens:$weights,
                       Optional<Braid_WeightType>:$gate, Braid_WeightType:$up, Braid_WeightType:$down);
  let results = (outs Braid_Tokens:$result);
  let assemblyFormat = [{
    $activation $input `,` $ids `,` $weights `,` (`gate` $gate^ `,`)? `up` $up `,` `down` $down attr-dict `:`
    functional-type(operands, results)
  }];
  let hasVerifier = 1;
}
