// SPDX-License-Identifier: Apache-2.0
// The memory of session states.
def Braid_RowsOp : Braid_Op<"rows", [Pure]> {
  let summary = "A state as the memory that holds it.";
  let description = [{
    Only naive meanings see a state this way. Of `!braid.kv`: [2 heads][rows][dim], keys of each head first, then the
    values; position p is row `p mod rows`.

    ```mlir
    %m = braid.rows %kv : !braid.kv<heads = 3, dim = 64, window = 0, f16> -> memref<6x?x64xf16>
    ```
  }];
  let arguments = (ins Braid_State:$state);
  let results = (outs AnyMemRef:$rows);
  let assemblyFormat = "$state attr-dict `:` qualified(type($state)) `->` type($rows)";
  let hasVerifier = 1;
}
