// SPDX-License-Identifier: Apache-2.0
// Short causal convolutions along the tokens.
def Braid_ShortConvOp : Braid_MathOp<"short_conv"> {
  let summary = "A causal convolution of each feature along the tokens.";
  let description = [{
    `y_t[c] = b[c] + sum over i < W of w[c, i] x_{t - W + 1 + i}[c]`: tap W - 1 is the token's own. The state is the last
    W - 1 rows of x. Before the first token x is zero.

    ```mlir
    %y, %t1 = braid.short_conv %x, %w, %t
      : (tensor<?x256xf32>, !braid.weight<256x4, f32>, !braid.tail<3x256>) -> (tensor<?x256xf32>, !braid.tail<3x256>)
    %z, %t2 = braid.short_conv %x, %w, %t bias %b : (tensor<?x256xf32>, !braid.weight<256x4, f32>, !braid.tail<3x256>,
      !braid.weight<256, f32>) -> (tensor<?x256xf32>, !braid.tail<3x256>)
    ```
    Mamba, arXiv 2312.00752; before linear attention: arXiv 2406.06484.
  }];
  let arguments = (ins Braid_Tokens:$input, Braid_WeightType:$weight, Braid_TailType:$state,
                       Optional<Braid_WeightType>:$bias);
  let results = (outs Braid_Tokens:$result, Braid_TailType:$next);
  let assemblyFormat = [{
    $input `,` $weight `,` $state (`bias` $bias^)? attr-dict `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

def Braid_TokenShiftOp : Braid_MathOp<"token_shift"> {
  let summary = "The features of the token before.";
  let description = [{
    `y_t = x_{t - 1}`, zero for the first token. The state is the last row of x.

    ```mlir
    %y, %t1 = braid.token_shift %x, %t : (tensor<?x256xf32>, !braid.tail<1x256>) -> (tensor<?x256xf32>, !braid.tail<1x256>)
    ```
    RWKV, arXiv 2305.13048.
  }];
  let arguments = (ins Braid_Tokens:$input, Braid_TailType:$state);
  let results = (outs Braid_Tokens:$result, Braid_TailType:$next);
  let assemblyFormat = "$input `,` $state attr-dict `:` functional-type(operands, results)";
  let hasVerifier = 1;
}
