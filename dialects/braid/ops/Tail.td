// SPDX-License-Identifier: Apache-2.0
// The last rows of a tensor.
def Braid_TailOp : Braid_MathOp<"tail"> {
  let summary = "The last `count` tokens.";
  let description = [{
    `y = x[T - count : T]`. The head of a language model runs on the tokens whose logits were asked for.

    ```mlir
    %y = braid.tail %x, %count : (tensor<?x576xf32>, index) -> tensor<?x576xf32>
    ```
  }];
  let arguments = (ins Braid_Tokens:$input, Index:$count);
  let results = (outs Braid_Tokens:$result);
  let assemblyFormat = "$input `,` $count attr-dict `:` functional-type(operands, results)";
  let hasVerifier = 1;
}
