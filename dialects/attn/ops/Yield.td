// SPDX-License-Identifier: Apache-2.0
// The end of a region.
def Attn_YieldOp : Op<Attn_Dialect, "yield", [Terminator, Pure, ReturnLike,
                                              ParentOneOf<["SoftmaxOp", "RecurrenceOp"]>]> {
  let summary = "Ends a region of a variant with its values.";
  let description = [{
    A score yields one f32, a mask one i1, a block two i1 (some, all); the types are written. A recurrence yields its
    next states in the order of its arguments, then the token's output, a value; the types are known.
    Example: `attn.yield %seen : i1`.
  }];
  let arguments = (ins Variadic<AnyType>:$values);
  let assemblyFormat = "custom<Yielded>($values, type($values)) attr-dict";
}
