// SPDX-License-Identifier: Apache-2.0
/// \file
/// Weights as resources.
#include "dialects/braid/ops/Support.h"

using namespace mlir;
using namespace braid::graph;

LogicalResult UnpackOp::verify() {
  auto expected = RankedTensorType::get(getWeight().getType().getShape(), Float32Type::get(getContext()));
  if (getTensor().getType() == expected)
    return success();
  return emitOpError() << "expected a result of type " << expected << ", got " << getTensor().getType();
}
