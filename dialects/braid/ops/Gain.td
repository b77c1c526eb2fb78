// SPDX-License-Identifier: Apache-2.0
// Weights that scale or shift features.
def Braid_GainOp : Braid_MathOp<"gain", [Braid_RowLocal]> {
  let summary = "Features times the numbers of a weight.";
  let description = [{
    `y = x * w`: N features, n numbers, n divides N. Number i serves N/n neighbours, `w[f / (N/n)]` (one number a head);
    with `tiled` the numbers repeat, `w[f % n]` (one number for a place in every head). The rates of Mamba-2:
    arXiv 2405.21060.

    ```mlir
    %y = braid.gain %x, %w : (tensor<?x1536xf32>, !braid.weight<24, f32>) -> tensor<?x1536xf32>
    ```
  }];
  let arguments = (ins Braid_Tokens:$input, Braid_WeightType:$gain, UnitAttr:$tiled);
  let results = (outs Braid_Tokens:$result);
  let assemblyFormat = "$input `,` $gain (`tiled` $tiled^)? attr-dict `:` functional-type(operands, results)";
  let hasVerifier = 1;
}

def Braid_BiasOp : Braid_MathOp<"bias", [Braid_RowLocal]> {
  let summary = "Features plus the numbers of a weight.";
  let description = [{
    `y = x + w`: N features, n numbers, n divides N. Number i serves N/n neighbours, `w[f / (N/n)]` (one number a head);
    with `tiled` the numbers repeat, `w[f % n]`. The step's bias of Mamba-2:
    arXiv 2405.21060.

    ```mlir
    %y = braid.bias %x, %w tiled : (tensor<?x1536xf32>, !braid.weight<64, f32>) -> tensor<?x1536xf32>
    ```
  }];
  let arguments = (ins Braid_Tokens:$input, Braid_WeightType:$bias, UnitAttr:$tiled);
  let results = (outs Braid_Tokens:$result);
  let assemblyFormat = "$input `,` $bias (`tiled` $tiled^)? attr-dict `:` functional-type(operands, results)";
  let hasVerifier = 1;
}

def Braid_ScaleOp : Braid_MathOp<"scale", [Braid_RowLocal, SameOperandsAndResultType]> {
  let summary = "Features times one number.";
  let description = [{
    `y = x * factor`, the factor rounded to f32. Embedding, residual and logit multipliers: arXiv 2203.03466.

    ```mlir
    %y = braid.scale %x {factor = 12.0 : f64} : tensor<?x1536xf32>
    ```
  }];
  let arguments = (ins Braid_Tokens:$input, F64Attr:$factor);
  let results = (outs Braid_Tokens:$result);
  let assemblyFormat = "$input attr-dict `:` type($result)";
}
