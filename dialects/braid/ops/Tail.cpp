// SPDX-License-Identifier: Apache-2.0
/// \file
/// The last rows of a tensor.
#include "dialects/braid/ops/Support.h"

using namespace mlir;
using namespace braid::graph;

LogicalResult TailOp::verify() { return expectFeatures(*this, "a result", getResult(), features(getInput())); }

SmallVector<Value> TailOp::naiveMeaning(ImplicitLocOpBuilder &b) {
  Value total = tensor::DimOp::create(b, getInput(), 0);
  OpFoldResult first = arith::SubIOp::create(b, total, getCount()).getResult();
  SmallVector<OpFoldResult> offsets = {first, b.getIndexAttr(0)};
  SmallVector<OpFoldResult> sizes = {OpFoldResult(getCount()), b.getIndexAttr(features(getInput()))};
  SmallVector<OpFoldResult> strides(2, b.getIndexAttr(1));
  return {tensor::ExtractSliceOp::create(b, cast<RankedTensorType>(getResult().getType()), getInput(), offsets, sizes, strides)};
}
