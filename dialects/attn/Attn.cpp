// SPDX-License-Identifier: Apache-2.0
/// \file
/// The attn dialect: registration, and the generated halves of all ops.
#include "dialects/attn/Attn.h"

#include "dialects/Precompiled.h"

#include "mlir/IR/Diagnostics.h"
#include "llvm/Support/Threading.h"

using namespace mlir;
using namespace braid::attn;

#include "dialects/attn/AttnDialect.cpp.inc"
#include "dialects/attn/AttnEnums.cpp.inc"
#define GET_TYPEDEF_CLASSES
#include "dialects/attn/AttnTypes.cpp.inc"

/// What a state holds for a key: a value; a column holds a scalar.
static Type held(Type state) {
  if (isa<ColumnType>(state))
    return ScalarType::get(state.getContext());
  return ValueType::get(state.getContext());
}

static bool isStepType(Type type) { return isa<StateType, ColumnType, KeyType, ValueType, ScalarType>(type); }

/// The type of a value that the text has defined before, found by asking for it as each type of the dialect in turn:
/// a step then reads as its formula does, without types. A name that is not defined yet becomes an error at the end of
/// the region, as everywhere.
static FailureOr<Type> findType(OpAsmParser &parser, const OpAsmParser::UnresolvedOperand &operand) {
  MLIRContext *context = parser.getContext();
  // Only what this thread complains of is none of the user's business.
  ScopedDiagnosticHandler quiet(context, [thread = llvm::get_threadid()](Diagnostic &) {
    return success(llvm::get_threadid() == thread);
  });
  for (Type type : {Type(ScalarType::get(context)), Type(KeyType::get(context)), Type(ValueType::get(context)),
                    Type(StateType::get(context)), Type(ColumnType::get(context))}) {
    SmallVector<Value, 1> values;
    if (succeeded(parser.resolveOperand(operand, type, values)))
      return type;
  }
  return failure();
}

static ParseResult parseTyped(OpAsmParser &parser, OpAsmParser::UnresolvedOperand &operand, Type &type) {
  if (parser.parseOperand(operand))
    return failure();
  FailureOr<Type> found = findType(parser, operand);
  if (failed(found))
    return parser.emitError(operand.location) << "expected a state, a column, a key, a value or a scalar";
  type = *found;
  return success();
}
static void printTyped(OpAsmPrinter &printer, Operation *, Value operand, Type) { printer << operand; }

/// `%a, %b : f32, i1`, or without types where those are known.
static ParseResult parseYielded(OpAsmParser &parser, SmallVectorImpl<OpAsmParser::UnresolvedOperand> &operands,
                                SmallVectorImpl<Type> &types) {
  if (parser.parseOperandList(operands))
    return failure();
  if (succeeded(parser.parseOptionalColon()))
    return parser.parseTypeList(types);
  for (const OpAsmParser::UnresolvedOperand &operand : operands) {
    FailureOr<Type> found = findType(parser, operand);
    if (failed(found))
      return parser.emitError(operand.location) << "expected ':' and the types of what is yielded";
    types.push_back(*found);
  }
  return success();
}
static void printYielded(OpAsmPrinter &printer, Operation *, OperandRange values, TypeRange types) {
  printer << values;
  if (!llvm::all_of(types, isStepType))
    printer << " : " << types;
}

#define GET_OP_CLASSES
#include "dialects/attn/AttnOps.cpp.inc"

void AttnDialect::initialize() {
  addTypes<
#define GET_TYPEDEF_LIST
#include "dialects/attn/AttnTypes.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "dialects/attn/AttnOps.cpp.inc"
      >();
}
