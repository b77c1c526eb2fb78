// SPDX-License-Identifier: Apache-2.0
// Ops of the check dialect.
include "dialects/check/CheckBase.td"

def Check_CloseOp : Op<Check_Dialect, "close"> {
  let summary = "Two tensors are close.";
  let description = [{
    `max |a - b| <= tolerance max(1, max |b|)`, and neither holds a NaN.

    ```mlir
    check.close %fast, %reference {tolerance = 1.0e-05} : tensor<?x64xf32>, tensor<?x64xf32>
    ```
  }];
  let arguments = (ins AnyRankedTensor:$got, AnyRankedTensor:$expected, F64Attr:$tolerance);
  let assemblyFormat = "$got `,` $expected attr-dict `:` type($got) `,` type($expected)";
  let hasVerifier = 1;
}

def Check_EqualOp : Op<Check_Dialect, "equal"> {
  let summary = "Two tensors have the same bits.";
  let description = [{Example: `check.equal %a, %b : tensor<4xf32>, tensor<4xf32>`.}];
  let arguments = (ins AnyRankedTensor:$got, AnyRankedTensor:$expected);
  let assemblyFormat = "$got `,` $expected attr-dict `:` type($got) `,` type($expected)";
  let hasVerifier = 1;
}
