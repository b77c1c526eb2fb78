// SPDX-License-Identifier: Apache-2.0
// The braid dialect: types, enums and interfaces.
#ifndef BRAID_BASE
#define BRAID_BASE

include "mlir/IR/OpBase.td"
include "mlir/IR/EnumAttr.td"
include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/BuiltinAttributeInterfaces.td"
include "mlir/Interfaces/SideEffectInterfaces.td"
include "mlir/Interfaces/ControlFlowInterfaces.td"

def Braid_Dialect : Dialect {
  let name = "braid";
  let cppNamespace = "::braid::graph";
  let summary = "What a model is.";
  let description = [{
    Tensors with static feature sizes and one dynamic token dimension; ops at the granularity of papers; weights as
    named resources; session state as typed values that go in and come out. Every op has a naive meaning in linalg and
    scf that is never optimised, and is the oracle for every other path.
  }];
  let useDefaultTypePrinterParser = 1;
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::linalg::LinalgDialect", "::mlir::math::MathDialect",
                           "::mlir::memref::MemRefDialect", "::mlir::scf::SCFDialect", "::mlir::tensor::TensorDialect"];
}

//===-- Enums ---------------------------------------------------------------------------------------------------===//

def Braid_Storage : I32EnumAttr<"Storage", "how a weight is stored in the model file", [
  I32EnumAttrCase<"F32", 0, "f32">, I32EnumAttrCase<"F16", 1, "f16">, I32EnumAttrCase<"BF16", 2, "bf16">,
  I32EnumAttrCase<"Q4_0", 3, "q4_0">, I32EnumAttrCase<"Q4_1", 4, "q4_1">, I32EnumAttrCase<"Q5_0", 5, "q5_0">,
  I32EnumAttrCase<"Q5_1", 6, "q5_1">, I32EnumAttrCase<"Q8_0", 7, "q8_0">, I32EnumAttrCase<"Q4_K", 8, "q4_k">,
  I32EnumAttrCase<"Q5_K", 9, "q5_k">, I32EnumAttrCase<"Q6_K", 10, "q6_k">]> {
  let cppNamespace = "::braid::graph";
}

def Braid_StateStorage : I32EnumAttr<"StateStorage", "how a session's state keeps its numbers", [
  I32EnumAttrCase<"F32", 0, "f32">, I32EnumAttrCase<"F16", 1, "f16">, I32EnumAttrCase<"BF16", 2, "bf16">,
  I32EnumAttrCase<"Int8", 3, "int8">]> {
  let cppNamespace = "::braid::graph";
}

def Braid_Activation : I32EnumAttr<"Activation", "an elementwise nonlinearity", [
  I32EnumAttrCase<"Silu", 0, "silu">, I32EnumAttrCase<"Gelu", 1, "gelu">, I32EnumAttrCase<"GeluTanh", 2, "gelu_tanh">,
  I32EnumAttrCase<"Relu", 3, "relu">, I32EnumAttrCase<"Relu2", 4, "relu2">,
  I32EnumAttrCase<"Sigmoid", 5, "sigmoid">, I32EnumAttrCase<"Softplus", 6, "softplus">,
  I32EnumAttrCase<"Exp", 7, "exp">, I32EnumAttrCase<"Tanh", 8, "tanh">]> {
  let cppNamespace = "::braid::graph";
}

def Braid_RouterScoring : I32EnumAttr<"RouterScoring", "what makes scores of a router's logits", [
  I32EnumAttrCase<"Softmax", 0, "softmax">, I32EnumAttrCase<"Sigmoid", 1, "sigmoid">]> {
  let cppNamespace = "::braid::graph";
}

def Braid_WeightFunction : I32EnumAttr<"WeightFunction", "a function of a stored number, applied when it is packed", [
  I32EnumAttrCase<"PlusOne", 0, "plus_one">, I32EnumAttrCase<"NegExp", 1, "neg_exp">, I32EnumAttrCase<"Exp", 2, "exp">]> {
  let cppNamespace = "::braid::graph";
}

//===-- Types ---------------------------------------------------------------------------------------------------===//

class Braid_Type<string name, string keyword> : TypeDef<Braid_Dialect, name> { let mnemonic = keyword; }

def Braid_WeightType : Braid_Type<"Weight", "weight"> {
  let summary = "A named, constant tensor of the model file.";
  let description = [{
    `!braid.weight<576x1536, q4_1>`: shape in the order [out, in] (a vector has one size; a stack of matrices has its
    number first), and how the file stores it.
    It is a handle, not data: the compiler packs the data into the layout that the kernels read. A row of a quantised
    weight is a whole number of blocks: of 32 numbers, or of 256 for q4_k, q5_k and q6_k.
  }];
  let parameters = (ins ArrayRefParameter<"int64_t">:$shape, EnumParameter<Braid_Storage>:$storage);
  let assemblyFormat = "`<` custom<Shape>($shape) `,` $storage `>`";
  let genVerifyDecl = 1;
}

def Braid_SessionState : TypeInterface<"SessionState"> {
  let cppNamespace = "::braid::graph";
  let description = [{
    What a session keeps from call to call: a value of such a type goes into an op and comes out, updated in place.
  }];
  let methods = [
    InterfaceMethod<[{The state as naive meanings see it through `braid.rows`: [planes][rows][numbers] with an open
      number of rows, one a position, or a static shape for what does not grow. Numbers of int8 are seen as f32.}],
      "::mlir::MemRefType", "getRowsType">,
    InterfaceMethod<"How many of the last positions are read again; 0: all.", "int64_t", "getWindow", (ins), "", "return 0;">];
}

class Braid_StateType<string name, string keyword>
    : TypeDef<Braid_Dialect, name, [DeclareTypeInterfaceMethods<Braid_SessionState>]> {
  let mnemonic = keyword;
  let genVerifyDecl = 1;
}

def Braid_KvType : Braid_StateType<"Kv", "kv"> {
  let summary = "The key and value rows of one attention layer of a session.";
  let description = [{
    `!braid.kv<heads = 3, dim = 64, window = 0, f16>`: `heads` key heads of `dim` numbers, and as many values, for each
    position; with a window, older rows than that may be forgotten.

    Rows are rounded to f16 or bf16 when they are written, to nearest even. Rows of int8 keep for each 64 numbers x of a
    head (the last ones may be fewer) the scale `s = max |x| / 127` in f32 and the codes `round(x / s)`.
  }];
  let parameters = (ins "int64_t":$heads, "int64_t":$dim, "int64_t":$window, EnumParameter<Braid_StateStorage>:$storage);
  let assemblyFormat = "`<` `heads` `=` $heads `,` `dim` `=` $dim `,` `window` `=` $window `,` $storage `>`";
}

def Braid_LatentType : Braid_StateType<"Latent", "latent"> {
  let summary = "The latent rows of one attention layer of a session.";
  let description = [{
    `!braid.latent<rank = 512, rope = 64, f16>`: for each position, `rank` numbers of which all heads make their keys and
    values, then `rope` numbers of a key that they share. They are rounded as those of `!braid.kv`; int8 takes the
    `rank + rope` numbers as one row.
  }];
  let parameters = (ins "int64_t":$rank, "int64_t":$rope, EnumParameter<Braid_StateStorage>:$storage);
  let assemblyFormat = "`<` `rank` `=` $rank `,` `rope` `=` $rope `,` $storage `>`";
}

def Braid_TailType : Braid_StateType<"Tail", "tail"> {
  let summary = "The last rows of a stream of features, zero before the first token.";
  let description = [{`!braid.tail<3x12288>`: what a causal convolution of 4 taps over 12288 channels looks back to, oldest first, in f32.}];
  let parameters = (ins "int64_t":$rows, "int64_t":$width);
  let hasCustomAssemblyFormat = 1;
}

def Braid_RecurrentType : Braid_StateType<"Recurrent", "recurrent"> {
  let summary = "The states of one recurrent layer of a session.";
  let description = [{
    `!braid.recurrent<heads = 32, key = 128, value = 128, matrices = 1, columns = 0>`: for each head, `matrices` states
    of key x value and `columns` of key numbers, in f32, zero before the first token. With `, bf16` behind the columns
    they are kept as bf16 from call to call: a call computes in f32, and rounds them once at its end, to nearest even.
  }];
  let parameters = (ins "int64_t":$heads, "int64_t":$key, "int64_t":$value, "int64_t":$matrices, "int64_t":$columns,
    DefaultValuedParameter<"::braid::graph::StateStorage", "::braid::graph::StateStorage::F32">:$storage);
  let assemblyFormat = [{`<` `heads` `=` $heads `,` `key` `=` $key `,` `value` `=` $value `,` `matrices` `=` $matrices `,`
                         `columns` `=` $columns (`,` $storage^)? `>`}];
}

def Braid_State : TypeConstraint<CPred<"::llvm::isa<::braid::graph::SessionState>($_self)">, "a session state">;

def Braid_Tokens : TypeConstraint<CPred<"::llvm::isa<::mlir::RankedTensorType>($_self) && "
    "::llvm::cast<::mlir::RankedTensorType>($_self).getRank() == 2 && "
    "::llvm::cast<::mlir::RankedTensorType>($_self).isDynamicDim(0) && "
    "!::llvm::cast<::mlir::RankedTensorType>($_self).isDynamicDim(1) && "
    "::llvm::cast<::mlir::RankedTensorType>($_self).getElementType().isF32()">,
    "tensor of tokens by features: tensor<?xNxf32>", "::mlir::RankedTensorType">;
def Braid_TokenIds : TypeConstraint<CPred<"::llvm::isa<::mlir::RankedTensorType>($_self) && "
    "::llvm::cast<::mlir::RankedTensorType>($_self).getRank() == 1 && "
    "::llvm::cast<::mlir::RankedTensorType>($_self).isDynamicDim(0) && "
    "::llvm::cast<::mlir::RankedTensorType>($_self).getElementType().isSignlessInteger(32)">,
    "token ids: tensor<?xi32>", "::mlir::RankedTensorType">;
def Braid_ExpertIds : TypeConstraint<CPred<"::llvm::isa<::mlir::RankedTensorType>($_self) && "
    "::llvm::cast<::mlir::RankedTensorType>($_self).getRank() == 2 && "
    "::llvm::cast<::mlir::RankedTensorType>($_self).isDynamicDim(0) && "
    "!::llvm::cast<::mlir::RankedTensorType>($_self).isDynamicDim(1) && "
    "::llvm::cast<::mlir::RankedTensorType>($_self).getElementType().isSignlessInteger(32)">,
    "chosen experts of each token: tensor<?xKxi32>", "::mlir::RankedTensorType">;

//===-- Interfaces ----------------------------------------------------------------------------------------------===//

def Braid_NaiveMeaning : OpInterface<"NaiveMeaning"> {
  let cppNamespace = "::braid::graph";
  let description = [{What an op means, as plain linalg and scf that nothing optimises.}];
  let methods = [InterfaceMethod<
    "Builds the op's results from its operands at the builder's position; the op itself stays.",
    "::llvm::SmallVector<::mlir::Value>", "naiveMeaning", (ins "::mlir::ImplicitLocOpBuilder &":$builder)>];
}

def Braid_UsesVariant : OpInterface<"UsesVariant"> {
  let cppNamespace = "::braid::graph";
  let description = [{An op that means what an attention variant of the module or the catalogue means.}];
  let methods = [
    InterfaceMethod<"The variant's name.", "::llvm::StringRef", "getVariant">,
    InterfaceMethod<"The kind of op that it names: attn.softmax or attn.recurrence.", "::llvm::StringRef", "getVariantKind">];
}

class Braid_Op<string mnemonic, list<Trait> traits = []> : Op<Braid_Dialect, mnemonic, traits>;
/// Row t of each result follows from row t of the operands, from weights, and from nothing else.
def Braid_RowLocal : NativeOpTrait<"RowLocal"> { let cppNamespace = "::braid::graph"; }

/// An op that computes: it has a naive meaning.
class Braid_MathOp<string mnemonic, list<Trait> traits = []>
    : Braid_Op<mnemonic, !listconcat(traits, [Pure, DeclareOpInterfaceMethods<Braid_NaiveMeaning>])>;

#endif
