// SPDX-License-Identifier: Apache-2.0
/// \file
/// Weights and numbers that scale or shift features.
#include "dialects/braid/ops/Support.h"

using namespace mlir;
using namespace braid::graph;

static LogicalResult verifyVector(Operation *op, StringRef name, Value weight) {
  int64_t count = features(op->getOperand(0));
  if (failed(expectFeatures(op, "a result", op->getResult(0), count)))
    return failure();
  return expectDivisor(op, name, weight, count);
}

/// The input with combine(x, w) for each feature's number w.
static Value withVector(ImplicitLocOpBuilder &b, Value input, Value weight, bool isTiled,
                        llvm::function_ref<Value(Value, Value)> combine) {
  Value numbers = unpack(b, weight);
  int64_t repeats = features(input) / cast<WeightType>(weight.getType()).getShape()[0];
  return generate(b, input, features(input), [&](Value token, Value feature) -> Value {
    Value at = isTiled ? perFeature(b, weight, feature)
                       : arith::DivUIOp::create(b, feature, arith::ConstantIndexOp::create(b, repeats)).getResult();
    return combine(tensor::ExtractOp::create(b, input, ValueRange{token, feature}),
                   tensor::ExtractOp::create(b, numbers, at));
  });
}

LogicalResult GainOp::verify() { return verifyVector(*this, "a gain", getGain()); }

SmallVector<Value> GainOp::naiveMeaning(ImplicitLocOpBuilder &b) {
  return {withVector(b, getInput(), getGain(), getTiled(),
                     [&](Value x, Value w) -> Value { return arith::MulFOp::create(b, x, w); })};
}

LogicalResult BiasOp::verify() { return verifyVector(*this, "a bias", getBias()); }

SmallVector<Value> BiasOp::naiveMeaning(ImplicitLocOpBuilder &b) {
  return {withVector(b, getInput(), getBias(), getTiled(),
                     [&](Value x, Value w) -> Value { return arith::AddFOp::create(b, x, w); })};
}

SmallVector<Value> ScaleOp::naiveMeaning(ImplicitLocOpBuilder &b) {
  Value factor = arith::ConstantOp::create(b, b.getF32FloatAttr(getFactor().convertToDouble()));
  return {generate(b, getInput(), features(getInput()), [&](Value token, Value feature) -> Value {
    Value x = tensor::ExtractOp::create(b, getInput(), ValueRange{token, feature});
    return arith::MulFOp::create(b, x, factor);
  })};
}
