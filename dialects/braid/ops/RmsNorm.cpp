// SPDX-License-Identifier: Apache-2.0
/// \file
/// Root-mean-square normalisation.
#include "dialects/braid/ops/Support.h"

using namespace mlir;
using namespace braid::graph;

LogicalResult RmsNormOp::verify() {
  int64_t heads = getHeads();
  if (heads <= 0 || features(getInput()) % heads)
    return emitOpError() << "expected heads that divide " << features(getInput()) << " features, got " << heads;
  if (failed(expectFeatures(*this, "a result", getResult(), features(getInput()))))
    return failure();
  return expectShape(*this, "a weight", getGain(), features(getInput()) / heads);
}

SmallVector<Value> RmsNormOp::naiveMeaning(ImplicitLocOpBuilder &b) {
  int64_t width = features(getInput()) / getHeads();
  Value gain = unpack(b, getGain());
  auto f32 = [&](double v) -> Value { return arith::ConstantOp::create(b, b.getF32FloatAttr(v)); };
  auto index = [&](int64_t v) -> Value { return arith::ConstantIndexOp::create(b, v); };
  return {generate(b, getInput(), features(getInput()), [&](Value token, Value feature) -> Value {
    Value first = arith::SubIOp::create(b, feature, arith::RemUIOp::create(b, feature, index(width)));
    auto sum = scf::ForOp::create(b, index(0), index(width), index(1), ValueRange{f32(0)},
                                  [&](OpBuilder &inner, Location loc, Value i, ValueRange carried) {
      Value at = arith::AddIOp::create(inner, loc, first, i);
      Value x = tensor::ExtractOp::create(inner, loc, getInput(), ValueRange{token, at});
      Value square = arith::MulFOp::create(inner, loc, x, x);
      scf::YieldOp::create(inner, loc, ValueRange{arith::AddFOp::create(inner, loc, carried[0], square)});
    });
    Value mean = arith::DivFOp::create(b, sum.getResult(0), f32(width));
    Value shifted = arith::AddFOp::create(b, mean, f32(getEpsilon().convertToDouble()));
    Value inverse = arith::DivFOp::create(b, f32(1), math::SqrtOp::create(b, shifted));
    Value x = tensor::ExtractOp::create(b, getInput(), ValueRange{token, feature});
    Value g = tensor::ExtractOp::create(b, gain, ValueRange{arith::SubIOp::create(b, feature, first)});
    return arith::MulFOp::create(b, arith::MulFOp::create(b, x, inverse), g);
  })};
}
