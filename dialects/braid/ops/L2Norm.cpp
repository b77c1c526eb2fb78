// SPDX-License-Identifier: Apache-2.0
/// \file
/// Norm to unit length.
#include "dialects/braid/ops/Support.h"

using namespace mlir;
using namespace braid::graph;

LogicalResult L2NormOp::verify() {
  if (failed(expectHeads(*this, getInput(), getHeads())))
    return failure();
  return expectFeatures(*this, "a result", getResult(), features(getInput()));
}

SmallVector<Value> L2NormOp::naiveMeaning(ImplicitLocOpBuilder &b) {
  int64_t width = features(getInput()) / getHeads();
  auto f32 = [&](double v) -> Value { return arith::ConstantOp::create(b, b.getF32FloatAttr(v)); };
  return {generate(b, getInput(), features(getInput()), [&](Value token, Value feature) -> Value {
    Value inHead = arith::RemUIOp::create(b, feature, arith::ConstantIndexOp::create(b, width));
    Value first = arith::SubIOp::create(b, feature, inHead);
    Value sum = sumOver(b, width, [&](Value i) -> Value {
      Value x = tensor::ExtractOp::create(b, getInput(), ValueRange{token, arith::AddIOp::create(b, first, i)});
      return arith::MulFOp::create(b, x, x);
    });
    Value shifted = arith::AddFOp::create(b, sum, f32(getEpsilon().convertToDouble()));
    Value inverse = arith::DivFOp::create(b, f32(1), math::SqrtOp::create(b, shifted));
    Value x = tensor::ExtractOp::create(b, getInput(), ValueRange{token, feature});
    return arith::MulFOp::create(b, arith::MulFOp::create(b, x, inverse), f32(getScale().convertToDouble()));
  })};
}
