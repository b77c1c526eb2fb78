// SPDX-License-Identifier: Apache-2.0
// The softmax family.
def Attn_SoftmaxOp : Op<Attn_Dialect, "softmax", [Symbol, IsolatedFromAbove, NoTerminator]> {
  let summary = "A softmax attention variant: a score and a mask.";
  let description = [{
    `o_i = sum_j p_ij v_j`, `p_ij = exp(s_ij) / sum_l exp(s_il)` over the keys j that the mask shows to query i, with
    `s_ij = score(scale q_i . k_j, h, i, j)`. A query that sees no key gives zeros. `h` is the query head, `i` and `j`
    are absolute positions. Parameters come first in every region; a variant without regions takes none. A missing score leaves s unchanged, a missing mask
    shows every key. The `block` region is derived from the mask (`--braid-derive-block-mask`): for queries
    `i0..i1` and keys `j0..j1`, inclusive, it yields whether some pair is visible and whether all pairs are.

    ```mlir
    // Each query sees itself and the window - 1 keys before it. arXiv 2004.05150, section 3.1.
    attn.softmax @sliding_window(%window: index) {
      mask (%h: index, %i: index, %j: index) {
        %causal = arith.cmpi sle, %j, %i : index
        %first = arith.subi %i, %window : index
        %near = arith.cmpi sgt, %j, %first : index
        %seen = arith.andi %causal, %near : i1
        attn.yield %seen : i1
      }
    }
    ```
    Score and mask regions as in FlexAttention, arXiv 2412.05496.
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, TypeArrayAttr:$params);
  let regions = (region AnyRegion:$score, AnyRegion:$mask, AnyRegion:$block);
  let hasCustomAssemblyFormat = 1;
  let hasRegionVerifier = 1;
}
