// SPDX-License-Identifier: Apache-2.0
// Nonlinearities.
def Braid_ActivateOp : Braid_MathOp<"activate", [Braid_RowLocal, SameOperandsAndResultType]> {
  let summary = "An elementwise nonlinearity.";
  let description = [{
    silu: `x / (1 + exp -x)`; gelu: `x (1 + erf(x / sqrt 2)) / 2`; gelu_tanh: `x (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))) / 2`;
    relu: `max(x, 0)`; relu2: `max(x, 0)^2`; sigmoid: `1 / (1 + exp -x)`; softplus: `log(1 + exp x)`, x itself above 20;
    exp; tanh. arXiv 1606.08415, 1702.03118.

    ```mlir
    %y = braid.activate silu %x : tensor<?x1536xf32>
    ```
  }];
  let arguments = (ins Braid_Activation:$kind, Braid_Tokens:$input);
  let results = (outs Braid_Tokens:$result);
  let assemblyFormat = "$kind $input attr-dict `:` type($result)";
}
