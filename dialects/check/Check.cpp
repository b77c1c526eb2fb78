// SPDX-License-Identifier: Apache-2.0
/// \file
/// The check dialect: registration.
#include "dialects/check/Check.h"

#include "dialects/Precompiled.h"

using namespace mlir;
using namespace braid::check;

#include "dialects/check/CheckDialect.cpp.inc"
#define GET_OP_CLASSES
#include "dialects/check/CheckOps.cpp.inc"

/// Both tensors have one element type, and shapes that can be equal when they run.
static LogicalResult expectComparable(Operation *op, Type got, Type expected) {
  auto a = cast<RankedTensorType>(got), b = cast<RankedTensorType>(expected);
  if (a.getElementType() == b.getElementType() && succeeded(verifyCompatibleShape(a, b)))
    return success();
  return op->emitOpError() << "expected tensors that can be equal, got " << got << " and " << expected;
}

LogicalResult CloseOp::verify() {
  if (!isa<FloatType>(getElementTypeOrSelf(getGot().getType())))
    return emitOpError() << "expected tensors of floats, got " << getGot().getType();
  if (!(getTolerance().convertToDouble() >= 0))
    return emitOpError() << "expected a tolerance of at least 0, got " << getTolerance().convertToDouble();
  return expectComparable(*this, getGot().getType(), getExpected().getType());
}

LogicalResult EqualOp::verify() { return expectComparable(*this, getGot().getType(), getExpected().getType()); }

void CheckDialect::initialize() {
  addOperations<
#define GET_OP_LIST
#include "dialects/check/CheckOps.cpp.inc"
      >();
}
