// SPDX-License-Identifier: Apache-2.0
// Weights as resources.
def Braid_WeightOp : Braid_Op<"weight", [Pure]> {
  let summary = "Names a tensor of the model file.";
  let description = [{
    The data stays in the file; the compiler packs it, once, into the layout its users read.

    ```mlir
    %w = braid.weight "blk.0.attn_q.weight" : !braid.weight<576x576, q4_1>
    ```
    Resources outside the IR: IREE's parameters.
  }];
  let arguments = (ins StrAttr:$name);
  let results = (outs Braid_WeightType:$weight);
  let assemblyFormat = "$name attr-dict `:` qualified(type($weight))";
}

def Braid_UnpackOp : Braid_Op<"unpack", [Pure]> {
  let summary = "A weight as a plain f32 tensor.";
  let description = [{
    Only naive meanings read weights this way: the exact value of each element, dequantised.

    ```mlir
    %t = braid.unpack %w : !braid.weight<576x576, q4_1> -> tensor<576x576xf32>
    ```
  }];
  let arguments = (ins Braid_WeightType:$weight);
  let results = (outs AnyStaticShapeTensor:$tensor);
  let assemblyFormat = "$weight attr-dict `:` qualified(type($weight)) `->` type($tensor)";
  let hasVerifier = 1;
}
