// SPDX-License-Identifier: Apache-2.0
// The attn dialect: what an attention variant is.
#ifndef ATTN_BASE
#define ATTN_BASE

include "mlir/IR/OpBase.td"
include "mlir/IR/EnumAttr.td"
include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/BuiltinAttributeInterfaces.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def Attn_Dialect : Dialect {
  let name = "attn";
  let cppNamespace = "::braid::attn";
  let summary = "Attention variants as mathematics.";
  let description = [{
    A variant is a symbol with regions, written in its own .mlir file. The softmax family is a score and a mask over
    (head, query index, key index), as FlexAttention does it. The recurrent family is one token's step, from which the
    compiler derives the rest. Shapes are symbolic, so that one definition fits every model.
    The catalogue in `dialects/attn/catalog` holds the published variants; a user's own file is given by `--variant`.
  }];
  let useDefaultTypePrinterParser = 1;
}

//===-- Types of one head -----------------------------------------------------------------------------------------===//

class Attn_Type<string name, string keyword> : TypeDef<Attn_Dialect, name> { let mnemonic = keyword; }

def Attn_StateType : Attn_Type<"State", "state"> {
  let summary = "The memory of one head: a matrix of K rows, one a key channel, and V columns, one a value channel.";
}
def Attn_ColumnType : Attn_Type<"Column", "column"> {
  let summary = "A memory of one column: K numbers, such as the sum of all keys in a normaliser.";
}
def Attn_KeyType : Attn_Type<"Key", "key"> { let summary = "A vector along the K key channels of one head."; }
def Attn_ValueType : Attn_Type<"Value", "value"> { let summary = "A vector along the V value channels of one head."; }
def Attn_ScalarType : Attn_Type<"Scalar", "scalar"> { let summary = "One number a token and head."; }

def Attn_AnyState : AnyTypeOf<[Attn_StateType, Attn_ColumnType], "a state or a column">;
def Attn_Vector : AnyTypeOf<[Attn_KeyType, Attn_ValueType, Attn_ScalarType], "a key, a value or a scalar">;
def Attn_Any : AnyTypeOf<[Attn_StateType, Attn_ColumnType, Attn_KeyType, Attn_ValueType, Attn_ScalarType],
                         "a state, a column, a key, a value or a scalar">;

//===-- Functions -------------------------------------------------------------------------------------------------===//

def Attn_Function : I32EnumAttr<"Function", "a function of one number", [
  I32EnumAttrCase<"Exp", 0, "exp">, I32EnumAttrCase<"Log", 1, "log">, I32EnumAttrCase<"Sigmoid", 2, "sigmoid">,
  I32EnumAttrCase<"Softplus", 3, "softplus">, I32EnumAttrCase<"Tanh", 4, "tanh">, I32EnumAttrCase<"Relu", 5, "relu">,
  I32EnumAttrCase<"Abs", 6, "abs">, I32EnumAttrCase<"Sqrt", 7, "sqrt">, I32EnumAttrCase<"Rsqrt", 8, "rsqrt">,
  I32EnumAttrCase<"Reciprocal", 9, "reciprocal">]> {
  let cppNamespace = "::braid::attn";
}

/// An operation of one token's step.
class Attn_StepOp<string mnemonic, list<Trait> traits = []>
    : Op<Attn_Dialect, mnemonic, !listconcat([Pure, HasParent<"RecurrenceOp">], traits)>;

#endif
