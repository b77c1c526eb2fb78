// SPDX-License-Identifier: Apache-2.0
/// \file
/// Weights as resources.
#include "dialects/braid/ops/Support.h"

using namespace mlir;
using namespace braid::graph;

LogicalResult WeightOp::verify() {
  WeightType type = getWeight().getType();
  ArrayRef<int64_t> shape = type.getShape();
  int64_t rows = 1;
  for (int64_t dim : shape.size() == 1 ? shape : shape.drop_back())
    rows *= dim;
  if (std::optional<ArrayRef<int64_t>> part = getRows()) {
    bool fits = part->size() == 3 && (*part)[1] >= 0 && (*part)[2] > 0 && (*part)[1] + (*part)[2] <= (*part)[0];
    if (!fits)
      return emitOpError() << "expected rows of [block, begin, size] within a block, got [" << *part << "]";
    int64_t stored = getTransposed() ? rows / shape[shape.size() - 2] * shape.back() : rows;
    if (stored % (*part)[2])
      return emitOpError() << "expected a multiple of " << (*part)[2] << " rows, got " << stored;
  }
  if (getTransposed() && shape.size() == 1)
    return emitOpError() << "expected a matrix to transpose, got " << type;
  if (getFunction() && shape.size() != 1)
    return emitOpError() << "expected a function of a vector, got " << type;
  if (std::optional<ArrayRef<float>> values = getValues())
    if (shape.size() != 1 || int64_t(values->size()) != shape[0] || type.getStorage() != Storage::F32)
      return emitOpError() << "expected a vector of " << values->size() << " f32 for its values, got " << type;
  return success();
}

LogicalResult UnpackOp::verify() {
  auto expected = RankedTensorType::get(getWeight().getType().getShape(), Float32Type::get(getContext()));
  if (getTensor().getType() == expected)
    return success();
  return emitOpError() << "expected a result of type " << expected << ", got " << getTensor().getType();
}
