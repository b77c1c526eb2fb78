// SPDX-License-Identifier: Apache-2.0
// Numbers a head.
def Braid_BroadcastOp : Braid_MathOp<"broadcast", [Braid_RowLocal]> {
  let summary = "Each feature, repeated for neighbours.";
  let description = [{
    `y[f] = x[f / (N/n)]`: n features become N, each one N/n times, as a head's number serves all of the head.

    ```mlir
    %y = braid.broadcast %x : (tensor<?x24xf32>) -> tensor<?x1536xf32>
    ```
    torch.repeat_interleave.
  }];
  let arguments = (ins Braid_Tokens:$input);
  let results = (outs Braid_Tokens:$result);
  let assemblyFormat = "$input attr-dict `:` functional-type(operands, results)";
  let hasVerifier = 1;
}

def Braid_HeadSumOp : Braid_MathOp<"head_sum", [Braid_RowLocal]> {
  let summary = "The sum of each head's features.";
  let description = [{
    `y[h] = sum_i x[h N/heads + i]`. The bonus of RWKV-7: arXiv 2503.14456.

    ```mlir
    %y = braid.head_sum %x {heads = 24 : i64} : (tensor<?x1536xf32>) -> tensor<?x24xf32>
    ```
  }];
  let arguments = (ins Braid_Tokens:$input, DefaultValuedAttr<I64Attr, "1">:$heads);
  let results = (outs Braid_Tokens:$result);
  let assemblyFormat = "$input attr-dict `:` functional-type(operands, results)";
  let hasVerifier = 1;
}
