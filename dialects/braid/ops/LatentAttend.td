// SPDX-License-Identifier: Apache-2.0
// Softmax attention over a session's latent rows (MLA).
def Braid_LatentAttendOp : Braid_MathOp<"latent_attend", [DeclareOpInterfaceMethods<SymbolUserOpInterface>,
    DeclareOpInterfaceMethods<Braid_UsesVariant, ["getVariantKind"]>]> {
  let summary = "Appends latents to the session's rows, then attends to the keys and values made of them.";
  let description = [{
    Token t of the call has position `position + t`. Its latent c and its shared key r go into the state; its queries then
    attend over all rows j by the variant, as `braid.attend` does, with `k_hj = W_uk,h c_j`, `v_hj = W_uv,h c_j` and the
    score `scale (qn_h k_hj + qr_h r_j)`. Weights are stored [heads, nope, rank] and [heads, v, rank]. The scale is that of
    these keys, (nope + rope)^-1/2 where nothing else is said. Rows may be rounded to the storage of the state. An
    emitter may as well apply W_uk to the queries and W_uv to the weighed sum of latents. arXiv 2405.04434, 2.1.

    ```mlir
    %o, %s1 = braid.latent_attend @causal() %qn, %qr, %c, %r, %wuk, %wuv, %s, %position {heads = 32 : i64, scale = 0.0721687836 : f64}
      : (tensor<?x4096xf32>, tensor<?x2048xf32>, tensor<?x512xf32>, tensor<?x64xf32>, !braid.weight<32x128x512, bf16>,
         !braid.weight<32x128x512, bf16>, !braid.latent<rank = 512, rope = 64, f16>, index)
      -> (tensor<?x4096xf32>, !braid.latent<rank = 512, rope = 64, f16>)
    ```
  }];
  let arguments = (ins FlatSymbolRefAttr:$variant, DenseI64ArrayAttr:$params, Braid_Tokens:$q_nope, Braid_Tokens:$q_rope,
                       Braid_Tokens:$latent, Braid_Tokens:$k_rope, Braid_WeightType:$w_uk, Braid_WeightType:$w_uv,
                       Braid_LatentType:$state, Index:$position, I64Attr:$heads, F64Attr:$scale);
  let results = (outs Braid_Tokens:$result, Braid_LatentType:$next);
  let assemblyFormat = [{
    $variant `` custom<Params>($params) $q_nope `,` $q_rope `,` $latent `,` $k_rope `,` $w_uk `,` $w_uv `,` $state `,`
    $position attr-dict `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
}
