// SPDX-License-Identifier: Apache-2.0
// Token embedding.
def Braid_EmbedOp : Braid_MathOp<"embed"> {
  let summary = "Looks token ids up in a table.";
  let description = [{
    `y_t = scale W[token_t]`. Ids are checked by the runtime to lie inside the table.

    ```mlir
    %x = braid.embed %tokens, %table : (tensor<?xi32>, !braid.weight<49152x576, q4_1>) -> tensor<?x576xf32>
    ```
  }];
  let arguments = (ins Braid_TokenIds:$tokens, Braid_WeightType:$table, DefaultValuedAttr<F64Attr, "1.0">:$scale);
  let results = (outs Braid_Tokens:$result);
  let assemblyFormat = "$tokens `,` $table attr-dict `:` functional-type(operands, results)";
  let hasVerifier = 1;
}
