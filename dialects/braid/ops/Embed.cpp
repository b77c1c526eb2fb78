// SPDX-License-Identifier: Apache-2.0
/// \file
/// Token embedding.
#include "dialects/braid/ops/Support.h"

using namespace mlir;
using namespace braid::graph;

LogicalResult EmbedOp::verify() {
  ArrayRef<int64_t> shape = getTable().getType().getShape();
  if (shape.size() != 2)
    return emitOpError() << "expected a table of 2 dimensions, [vocabulary, features], got " << shape.size();
  return expectFeatures(*this, "a result", getResult(), shape[1]);
}

SmallVector<Value> EmbedOp::naiveMeaning(ImplicitLocOpBuilder &b) {
  Value table = unpack(b, getTable());
  Value scale = arith::ConstantOp::create(b, b.getF32FloatAttr(getScale().convertToDouble()));
  return {generate(b, getTokens(), features(getResult()), [&](Value token, Value feature) -> Value {
    Value id = tensor::ExtractOp::create(b, getTokens(), token);
    Value row = arith::IndexCastOp::create(b, b.getIndexType(), id);
    return arith::MulFOp::create(b, tensor::ExtractOp::create(b, table, ValueRange{row, feature}), scale);
  })};
}
