// SPDX-License-Identifier: Apache-2.0
// Groups of ops that run as one.
def Braid_KernelOp : Braid_Op<"kernel", [IsolatedFromAbove, RecursiveMemoryEffects,
                                         SingleBlockImplicitTerminator<"YieldOp">]> {
  let summary = "Ops that run as one kernel: one fork-join, no intermediate in memory.";
  let description = [{
    The body keeps the ops as they were written, so a kernel means what its ops mean; a target recognises the body it
    has an emitter for. Operands are the body's arguments, in order.

    ```mlir
    %y = braid.kernel(%a = %x, %g = %gain, %w = %weight)
        : (tensor<?x576xf32>, !braid.weight<576, f32>, !braid.weight<192x576, q4_1>) -> tensor<?x192xf32> {
      %n = braid.rms_norm %a, %g {epsilon = 1.0e-05} : (tensor<?x576xf32>, !braid.weight<576, f32>) -> tensor<?x576xf32>
      %l = braid.linear %n, %w : (tensor<?x576xf32>, !braid.weight<192x576, q4_1>) -> tensor<?x192xf32>
      braid.yield %l : tensor<?x192xf32>
    }
    ```
  }];
  let arguments = (ins Variadic<AnyType>:$inputs);
  let results = (outs Variadic<AnyType>:$results);
  let regions = (region SizedRegion<1>:$body);
  let hasCustomAssemblyFormat = 1;
  let hasVerifier = 1;
}

def Braid_YieldOp : Braid_Op<"yield", [Terminator, Pure, ReturnLike, ParentOneOf<["KernelOp"]>]> {
  let summary = "Ends a kernel with its results.";
  let description = [{Example: `braid.yield %l : tensor<?x192xf32>`.}];
  let arguments = (ins Variadic<AnyType>:$values);
  let builders = [OpBuilder<(ins), [{ (void)$_builder; }]>];
  let assemblyFormat = "($values^ `:` type($values))? attr-dict";
}
