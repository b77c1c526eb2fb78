// SPDX-License-Identifier: Apache-2.0
// Weights as resources.
def Braid_WeightOp : Braid_Op<"weight", [Pure]> {
  let summary = "Names a tensor of the model file, or a part of one.";
  let description = [{
    The data stays in the file; the compiler packs it, once, into the layout its users read. Files fuse and stack what a
    graph keeps apart, so a weight is a view:

    - `{}` in the name of a stack of matrices stands for the number of the matrix: each is a tensor of its own;
    - `rows = array<i64: block, begin, size>`: of each `block` rows (numbers, of a vector), `size` from row `begin` on;
    - `transposed`: the matrix, or each of a stack, is stored as its transpose;
    - `as` a function of each number of a vector: `1 + x` (zero-centred norms), `-exp x` and `exp x` (decays kept as logarithms);
    - `values`: a vector that no file has, under a name of its own.

    ```mlir
    %w = braid.weight "blk.0.attn_q.weight" : !braid.weight<576x576, q4_1>
    %q = braid.weight "in_proj_qkvz.weight" {rows = array<i64: 768, 0, 128>} : !braid.weight<2048x2048, bf16>
    %e = braid.weight "experts.{}.w1.weight" : !braid.weight<256x1024x2304, bf16>
    %a = braid.weight "A_log" as neg_exp : !braid.weight<32, f32>
    ```
    Resources outside the IR: IREE's parameters.
  }];
  let arguments = (ins StrAttr:$name, OptionalAttr<DenseI64ArrayAttr>:$rows, UnitAttr:$transposed,
                       OptionalAttr<Braid_WeightFunction>:$function, OptionalAttr<DenseF32ArrayAttr>:$values);
  let results = (outs Braid_WeightType:$weight);
  let assemblyFormat = "$name (`as` $function^)? attr-dict `:` qualified(type($weight))";
  let builders = [OpBuilder<(ins "::braid::graph::WeightType":$type, "::llvm::StringRef":$name), [{
    $_state.addTypes(type);
    $_state.addAttribute("name", $_builder.getStringAttr(name));
  }]>];
  let hasVerifier = 1;
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
