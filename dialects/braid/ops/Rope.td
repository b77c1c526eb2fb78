// SPDX-License-Identifier: Apache-2.0
// Rotary position embedding.
def Braid_RopeTableOp : Braid_MathOp<"rope_table"> {
  let summary = "Cosines and sines of every token's angles.";
  let description = [{
    For the token at position p: `factor cos(p f_i)`, then `factor sin(p f_i)`, for each frequency f_i. Computed once a
    step and shared by all layers. The product p f_i is rounded to f32, as transformers does.

    ```mlir
    %table = braid.rope_table %tokens, %position {frequencies = array<f32: 1.0, 0.1>, factor = 1.0}
             : (tensor<?xi32>, index) -> tensor<?x4xf32>
    ```
  }];
  let arguments = (ins Braid_TokenIds:$tokens, Index:$position, DenseF32ArrayAttr:$frequencies,
                       DefaultValuedAttr<F64Attr, "1.0">:$factor);
  let results = (outs Braid_Tokens:$result);
  let assemblyFormat = "$tokens `,` $position attr-dict `:` functional-type(operands, results)";
  let hasVerifier = 1;
}

def Braid_RopeOp : Braid_MathOp<"rope", [Braid_RowLocal]> {
  let summary = "Rotates pairs of features by the token's position.";
  let description = [{
    In each head, the leading `width(table)` features rotate in pairs: (x_i, x_{i+d/2}), or (x_2i, x_2i+1) when
    interleaved: `x' = x cos - y sin`, `y' = y cos + x sin`. arXiv 2104.09864.

    ```mlir
    %r = braid.rope %q, %table {heads = 9 : i64} : (tensor<?x576xf32>, tensor<?x64xf32>) -> tensor<?x576xf32>
    ```
  }];
  let arguments = (ins Braid_Tokens:$input, Braid_Tokens:$table, I64Attr:$heads, UnitAttr:$interleaved);
  let results = (outs Braid_Tokens:$result);
  let assemblyFormat = "$input `,` $table attr-dict `:` functional-type(operands, results)";
  let hasVerifier = 1;
}
