// SPDX-License-Identifier: Apache-2.0
/// \file
/// Checks of the ops of one token's step.
#include "dialects/Precompiled.h"
#include "dialects/attn/Attn.h"

using namespace mlir;
using namespace braid::attn;

/// Reports an operand whose type is not the wanted one.
template <typename Wanted> static LogicalResult expect(Operation *op, StringRef role, Value value, StringRef wanted) {
  if (isa<Wanted>(value.getType()))
    return success();
  return op->emitOpError() << "expected " << role << " to be " << wanted << ", got " << value.getType();
}

LogicalResult DecayOp::verify() {
  if (isa<KeyType, ScalarType>(getGate().getType()))
    return success();
  if (isa<ColumnType>(getState().getType()))
    return emitOpError() << "expected the gate of a column to be a scalar or a key, got " << getGate().getType();
  if (isa<ValueType>(getGate().getType()))
    return success();
  return emitOpError() << "expected its gate to be a scalar, a key or a value, got " << getGate().getType();
}

LogicalResult ReadOp::verify() { return expect<KeyType>(*this, "what it reads for", getKey(), "a key"); }

LogicalResult WriteOp::verify() {
  if (failed(expect<KeyType>(*this, "where it writes", getKey(), "a key")))
    return failure();
  if (isa<ColumnType>(getState().getType()))
    return expect<ScalarType>(*this, "what it writes to a column", getValue(), "a scalar");
  return expect<ValueType>(*this, "what it writes to a state", getValue(), "a value");
}

LogicalResult ScaleOp::verify() { return expect<ScalarType>(*this, "its factor", getFactor(), "a scalar"); }

static LogicalResult verifySame(Operation *op) {
  Type lhs = op->getOperand(0).getType(), rhs = op->getOperand(1).getType();
  if (lhs == rhs)
    return success();
  InFlightDiagnostic error = op->emitOpError() << "expected two operands of one type, got " << lhs << " and " << rhs;
  if (isa<MulOp>(op) && isa<ScalarType>(rhs))
    error.attachNote() << "attn.scale multiplies a vector by a scalar";
  return error;
}
LogicalResult AddOp::verify() { return verifySame(*this); }
LogicalResult SubOp::verify() { return verifySame(*this); }
LogicalResult MulOp::verify() { return verifySame(*this); }

LogicalResult DotOp::verify() {
  if (isa<ScalarType>(getLhs().getType()))
    return emitOpError() << "expected two keys or two values, got " << getLhs().getType();
  return verifySame(*this);
}
