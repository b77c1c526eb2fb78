// SPDX-License-Identifier: Apache-2.0
// Ops of the check dialect.
include "dialects/check/CheckBase.td"

/// What is common: which function, and on what it runs.
class Check_Op<string mnemonic, dag own> : Op<Check_Dialect, mnemonic,
                                              [DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let arguments = !con((ins FlatSymbolRefAttr:$function), own, (ins
    DefaultValuedAttr<DenseI64ArrayAttr, "{1, 2, 3, 7, 16, 17, 64, 65, 130}">:$tokens,
    DefaultValuedAttr<I64Attr, "0">:$start,
    DefaultValuedAttr<I64Attr, "1">:$rows,
    OptionalAttr<StrArrayAttr>:$inputs));
  let assemblyFormat = "$function attr-dict";
  let hasVerifier = 1;
}

def Check_CloseOp : Check_Op<"close", (ins F64Attr:$tolerance, OptionalAttr<F64Attr>:$int8, OptionalAttr<F64Attr>:$bf16)> {
  let summary = "Every form of a function is close to its naive meaning.";
  let description = [{
    `max_n |got[t, n] - want[t, n]| <= tolerance max_n |want[t, n]|` for each token t of each tensor that the function
    returns. `int8` is the tolerance where quantised weights meet int8 activations (the default form); without it that
    form has to meet `tolerance` as well. `bf16` is the same where bf16 weights meet bf16 activations; without it the
    default form of such a function is not run. Inputs that are bf16 numbers already leave nothing to round: then it may
    be as small as `tolerance`.

    The function takes tensors of tokens (`tensor<?xNxf32>`, `tensor<?xi32>`), weights, states, and up to two indices:
    the position, then a number of rows (`rows`, at most the call's tokens), as a model's step does. It is called once
    for each entry of `tokens`, one call after the other on the same states, the first one at position `start`. All of
    that is done for each of the `inputs`: "random" (about normal), "zeros", "repeated" (all tokens equal), "large"
    (64 times random) and "tiny" (subnormal numbers); without the attribute, for all of them. Token ids lie in the table
    that reads them. Weights are random in the storage that their types name.

    ```mlir
    func.func @norm(%x: tensor<?x67xf32>, %g: !braid.weight<67, f32>) -> tensor<?x67xf32> {
      %y = braid.rms_norm %x, %g {epsilon = 1.0e-05} : (tensor<?x67xf32>, !braid.weight<67, f32>) -> tensor<?x67xf32>
      return %y : tensor<?x67xf32>
    }
    check.close @norm {tolerance = 1.0e-06, tokens = array<i64: 1, 17>}
    ```
  }];
}

def Check_EqualOp : Check_Op<"equal", (ins)> {
  let summary = "Every form of a function has the bits of its naive meaning.";
  let description = [{
    `got[t, n] = want[t, n]`, bit by bit: for what only moves numbers. The function is run as `check.close` runs it.

    ```mlir
    func.func @last(%x: tensor<?x33xf32>, %position: index, %rows: index) -> tensor<?x33xf32> {
      %y = braid.tail %x, %rows : (tensor<?x33xf32>, index) -> tensor<?x33xf32>
      return %y : tensor<?x33xf32>
    }
    check.equal @last {rows = 2}
    ```
  }];
}
