// SPDX-License-Identifier: Apache-2.0
/// \file
/// Root-mean-square normalisation.
#include "dialects/braid/ops/Support.h"

using namespace mlir;
using namespace braid::graph;

LogicalResult RmsNormOp::verify() {
  if (failed(expectHeads(*this, getInput(), getHeads())) ||
      failed(expectFeatures(*this, "a result", getResult(), features(getInput()))))
    return failure();
  return expectSliceOrAll(*this, "a weight", getGain(), features(getInput()), getHeads());
}

SmallVector<Value> RmsNormOp::naiveMeaning(ImplicitLocOpBuilder &b) {
  int64_t width = features(getInput()) / getHeads();
  Value gain = unpack(b, getGain());
  auto f32 = [&](double v) -> Value { return arith::ConstantOp::create(b, b.getF32FloatAttr(v)); };
  auto index = [&](int64_t v) -> Value { return arith::ConstantIndexOp::create(b, v); };
  return {generate(b, getInput(), features(getInput()), [&](Value token, Value feature) -> Value {
    Value first = arith::SubIOp::create(b, feature, arith::RemUIOp::create(b, feature, index(width)));
    Value sum = sumOver(b, width, [&](Value i) -> Value {
      Value x = tensor::ExtractOp::create(b, getInput(), ValueRange{token, arith::AddIOp::create(b, first, i)});
      return arith::MulFOp::create(b, x, x);
    });
    Value mean = arith::DivFOp::create(b, sum, f32(width));
    Value shifted = arith::AddFOp::create(b, mean, f32(getEpsilon().convertToDouble()));
    Value inverse = arith::DivFOp::create(b, f32(1), math::SqrtOp::create(b, shifted));
    Value x = tensor::ExtractOp::create(b, getInput(), ValueRange{token, feature});
    Value g = tensor::ExtractOp::create(b, gain, perFeature(b, getGain(), feature));
    return arith::MulFOp::create(b, arith::MulFOp::create(b, x, inverse), g);
  })};
}
