// SPDX-License-Identifier: Apache-2.0
/// \file
/// Nonlinearities.
#include "dialects/braid/ops/Naive.h"

using namespace mlir;
using namespace braid::graph;

Value braid::graph::activate(ImplicitLocOpBuilder &b, Activation kind, Value x) {
  auto f32 = [&](double v) -> Value { return arith::ConstantOp::create(b, b.getF32FloatAttr(v)); };
  auto add = [&](Value u, Value v) -> Value { return arith::AddFOp::create(b, u, v); };
  auto mul = [&](Value u, Value v) -> Value { return arith::MulFOp::create(b, u, v); };
  auto div = [&](Value u, Value v) -> Value { return arith::DivFOp::create(b, u, v); };
  auto exp = [&](Value u) -> Value { return math::ExpOp::create(b, u); };
  switch (kind) {
  case Activation::Silu:
    return div(x, add(f32(1), exp(arith::NegFOp::create(b, x))));
  case Activation::Gelu: {
    Value erf = math::ErfOp::create(b, mul(x, f32(0.70710678118654752)));
    return mul(mul(x, f32(0.5)), add(f32(1), erf));
  }
  case Activation::GeluTanh: {
    Value inner = add(x, mul(f32(0.044715), mul(x, mul(x, x))));
    Value tanh = math::TanhOp::create(b, mul(f32(0.79788456080286536), inner));
    return mul(mul(x, f32(0.5)), add(f32(1), tanh));
  }
  case Activation::Relu:
  case Activation::Relu2: {
    Value positive = arith::MaximumFOp::create(b, x, f32(0));
    return kind == Activation::Relu ? positive : mul(positive, positive);
  }
  case Activation::Sigmoid:
    return div(f32(1), add(f32(1), exp(arith::NegFOp::create(b, x))));
  case Activation::Softplus: {
    Value isLarge = arith::CmpFOp::create(b, arith::CmpFPredicate::OGT, x, f32(20));
    return arith::SelectOp::create(b, isLarge, x, math::Log1pOp::create(b, exp(x)));
  }
  case Activation::Exp:
    return exp(x);
  case Activation::Tanh:
    return math::TanhOp::create(b, x);
  }
  llvm_unreachable("unknown activation");
}

SmallVector<Value> ActivateOp::naiveMeaning(ImplicitLocOpBuilder &b) {
  return {generate(b, getInput(), features(getInput()), [&](Value token, Value feature) -> Value {
    return activate(b, getKind(), tensor::ExtractOp::create(b, getInput(), ValueRange{token, feature}));
  })};
}
