// SPDX-License-Identifier: Apache-2.0
// Softmax attention over a session's keys and values.
def Braid_AttendOp : Braid_MathOp<"attend", [DeclareOpInterfaceMethods<SymbolUserOpInterface>,
    DeclareOpInterfaceMethods<Braid_UsesVariant, ["getVariantKind"]>]> {
  let summary = "Appends keys and values to the session's rows, then attends.";
  let description = [{
    Token t of the call has position `position + t`. Its key and value go into the state; its queries then attend over
    all rows by the variant: `o = softmax(mask(score(scale q k))) v`. Query head h reads key head `h / (heads / kv heads)`.
    `params` are the variant's parameters. The variant is an `attn.softmax` of the module, or one of the catalogue that
    is still to be brought in. arXiv 1706.03762, 2305.13245 (grouped heads).

    ```mlir
    %o, %kv1 = braid.attend @causal() %q, %k, %v, %kv, %position {heads = 9 : i64, scale = 0.125 : f64}
      : (tensor<?x576xf32>, tensor<?x192xf32>, tensor<?x192xf32>, !braid.kv<heads = 3, dim = 64, window = 0, f16>, index)
      -> (tensor<?x576xf32>, !braid.kv<heads = 3, dim = 64, window = 0, f16>)
    ```
  }];
  let arguments = (ins FlatSymbolRefAttr:$variant, DenseI64ArrayAttr:$params, Braid_Tokens:$query, Braid_Tokens:$key,
                       Braid_Tokens:$value, Braid_KvType:$state, Index:$position, I64Attr:$heads, F64Attr:$scale);
  let results = (outs Braid_Tokens:$result, Braid_KvType:$next);
  let assemblyFormat = [{
    $variant `` custom<Params>($params) $query `,` $key `,` $value `,` $state `,` $position attr-dict `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
}
