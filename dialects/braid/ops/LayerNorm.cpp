// SPDX-License-Identifier: Apache-2.0
/// \file
/// Layer and group normalisation.
#include "dialects/braid/ops/Support.h"

using namespace mlir;
using namespace braid::graph;

LogicalResult LayerNormOp::verify() {
  int64_t count = features(getInput());
  if (failed(expectHeads(*this, getInput(), getHeads())) ||
      failed(expectFeatures(*this, "a result", getResult(), count)) ||
      failed(expectSliceOrAll(*this, "a weight", getGain(), count, getHeads())))
    return failure();
  return getBias() ? expectSliceOrAll(*this, "a bias", getBias(), count, getHeads()) : success();
}

SmallVector<Value> LayerNormOp::naiveMeaning(ImplicitLocOpBuilder &b) {
  int64_t width = features(getInput()) / getHeads();
  Value gain = unpack(b, getGain()), bias = getBias() ? unpack(b, getBias()) : Value();
  auto f32 = [&](double v) -> Value { return arith::ConstantOp::create(b, b.getF32FloatAttr(v)); };
  auto add = [&](Value u, Value v) -> Value { return arith::AddFOp::create(b, u, v); };
  auto sub = [&](Value u, Value v) -> Value { return arith::SubFOp::create(b, u, v); };
  auto mul = [&](Value u, Value v) -> Value { return arith::MulFOp::create(b, u, v); };
  auto div = [&](Value u, Value v) -> Value { return arith::DivFOp::create(b, u, v); };
  return {generate(b, getInput(), features(getInput()), [&](Value token, Value feature) -> Value {
    Value inHead = arith::RemUIOp::create(b, feature, arith::ConstantIndexOp::create(b, width));
    Value first = arith::SubIOp::create(b, feature, inHead);
    auto read = [&](Value at) -> Value { return tensor::ExtractOp::create(b, getInput(), ValueRange{token, at}); };
    auto element = [&](Value i) { return read(arith::AddIOp::create(b, first, i)); };
    Value mean = div(sumOver(b, width, element), f32(width));
    Value squares = sumOver(b, width, [&](Value i) {
      Value difference = sub(element(i), mean);
      return mul(difference, difference);
    });
    Value variance = add(div(squares, f32(width)), f32(getEpsilon().convertToDouble()));
    Value inverse = div(f32(1), math::SqrtOp::create(b, variance));
    Value scaled = mul(mul(sub(read(feature), mean), inverse),
                       tensor::ExtractOp::create(b, gain, perFeature(b, getGain(), feature)));
    return bias ? add(scaled, tensor::ExtractOp::create(b, bias, perFeature(b, getBias(), feature))) : scaled;
  })};
}
