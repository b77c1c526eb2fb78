// SPDX-License-Identifier: Apache-2.0
// Which experts a token goes to.
def Braid_RouterOp : Braid_MathOp<"router"> {
  let summary = "Chooses experts for each token, and their weights.";
  let description = [{
    Scores s are the softmax of a token's logits over all experts, or the sigmoid of each. Experts are chosen by `s + b`
    (`b`, the correction bias, chooses only) and weighed by s. With `groups` > 1, groups of neighbours compete first: by
    their best expert, or with `groups_by_pair` by the sum of their two best; experts outside of the `top_groups` count as
    -infinity, or as 0 with `zero_masked`, which differs where s + b is negative. The `top_k` best experts are chosen, of
    equals the first one. Their weights are `w = s`, then `w / (sum w + epsilon)` with `renormalize`, then times `scale`.
    `biased_weights` weighs by s + b: some released code does so. Without a bias, and with groups chosen by their best, logits
    choose instead of s, as they order experts alike; a NaN is never chosen before a number.

    A softmax over the chosen experts alone is softmax with `renormalize`. arXiv 2101.03961, 2405.04434 (groups),
    2408.15664 (bias).

    ```mlir
    %ids, %w = braid.router sigmoid %logits bias %b {top_k = 8 : i64, renormalize, epsilon = 1.0e-20 : f64, scale = 2.446 : f64}
      : (tensor<?x256xf32>, !braid.weight<256, f32>) -> (tensor<?x8xi32>, tensor<?x8xf32>)
    ```
  }];
  let arguments = (ins Braid_RouterScoring:$scoring, Braid_Tokens:$logits, Optional<Braid_WeightType>:$bias,
                       I64Attr:$top_k, DefaultValuedAttr<I64Attr, "1">:$groups,
                       DefaultValuedAttr<I64Attr, "1">:$top_groups,
                       UnitAttr:$groups_by_pair, UnitAttr:$zero_masked, UnitAttr:$renormalize,
                       DefaultValuedAttr<F64Attr, "0.0">:$epsilon, DefaultValuedAttr<F64Attr, "1.0">:$scale,
                       UnitAttr:$biased_weights);
  let results = (outs Braid_ExpertIds:$ids, Braid_Tokens:$weights);
  let assemblyFormat = "$scoring $logits (`bias` $bias^)? attr-dict `:` functional-type(operands, results)";
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    /// Whether logits order experts as what chooses them does.
    bool choosesByLogits() { return !getBias() && (getGroups() == 1 || !getGroupsByPair()); }
  }];
}
