// SPDX-License-Identifier: Apache-2.0
// Recurrent attention over a session's states.
def Braid_TokensOrWeight : Type<Or<[Braid_Tokens.predicate, CPred<"::llvm::isa<::braid::graph::WeightType>($_self)">]>,
    "tensor<?xNxf32> or a weight">;

def Braid_RecurOp : Braid_MathOp<"recur", [DeclareOpInterfaceMethods<SymbolUserOpInterface>,
    DeclareOpInterfaceMethods<Braid_UsesVariant, ["getVariantKind"]>]> {
  let summary = "Takes the session's recurrent states through the call's tokens.";
  let description = [{
    For each head, one step of the variant a token: `(S_t, o_t) = step(S_{t-1}, x_t, ...)`. The inputs are those of the
    variant that are no states, in its order, each with the heads side by side: a key has `key` features a head, a value
    `value`, a scalar one. What the variant calls `shared` may have fewer heads, n of them: head h reads number
    `h / (heads / n)`, or with `tiled` number `h % n`, as files have it whose values were laid out so that groups repeat.
    What it calls `constant` is a weight.

    ```mlir
    %o, %s1 = braid.recur @kda(%q, %k, %v, %g, %b), %s
      : (tensor<?x4096xf32>, tensor<?x4096xf32>, tensor<?x4096xf32>, tensor<?x4096xf32>, tensor<?x32xf32>,
         !braid.recurrent<heads = 32, key = 128, value = 128, matrices = 1, columns = 0>)
      -> (tensor<?x4096xf32>, !braid.recurrent<heads = 32, key = 128, value = 128, matrices = 1, columns = 0>)
    ```
    One form for all published variants: arXiv 2510.26692, table 7; grouped values: arXiv 2412.06464.
  }];
  let arguments = (ins FlatSymbolRefAttr:$variant, Variadic<Braid_TokensOrWeight>:$inputs,
                       Braid_RecurrentType:$state, UnitAttr:$tiled);
  let results = (outs Braid_Tokens:$result, Braid_RecurrentType:$next);
  let assemblyFormat = [{
    $variant `(` $inputs `)` `,` $state attr-dict `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
}
