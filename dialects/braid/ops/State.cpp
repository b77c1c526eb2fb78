// SPDX-License-Identifier: Apache-2.0
/// \file
/// The memory of session states.
#include "dialects/braid/ops/Support.h"

using namespace mlir;
using namespace braid::graph;

LogicalResult RowsOp::verify() {
  MemRefType expected = cast<SessionState>(getState().getType()).getRowsType();
  if (getRows().getType() == expected)
    return success();
  return emitOpError() << "expected rows of type " << expected << ", got " << getRows().getType();
}
