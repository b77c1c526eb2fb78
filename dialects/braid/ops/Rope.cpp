// SPDX-License-Identifier: Apache-2.0
/// \file
/// Rotary position embedding.
#include "dialects/braid/ops/Support.h"

using namespace mlir;
using namespace braid::graph;

LogicalResult RopeTableOp::verify() {
  if (getFrequencies().empty())
    return emitOpError() << "expected at least 1 frequency, got 0";
  return expectFeatures(*this, "a result", getResult(), 2 * getFrequencies().size());
}

SmallVector<Value> RopeTableOp::naiveMeaning(ImplicitLocOpBuilder &b) {
  int64_t half = getFrequencies().size();
  Value table = arith::ConstantOp::create(
      b, DenseElementsAttr::get(RankedTensorType::get({half}, b.getF32Type()), getFrequencies()));
  Value count = arith::ConstantIndexOp::create(b, half);
  Value factor = arith::ConstantOp::create(b, b.getF32FloatAttr(getFactor().convertToDouble()));
  return {generate(b, getTokens(), 2 * half, [&](Value token, Value feature) -> Value {
    Value isCosine = arith::CmpIOp::create(b, arith::CmpIPredicate::ult, feature, count);
    Value i = arith::RemUIOp::create(b, feature, count);
    Value position = arith::AddIOp::create(b, getPosition(), token);
    Value p = arith::SIToFPOp::create(b, b.getF32Type(), arith::IndexCastOp::create(b, b.getI64Type(), position));
    Value angle = arith::MulFOp::create(b, p, tensor::ExtractOp::create(b, table, i));
    Value value = arith::SelectOp::create(b, isCosine, math::CosOp::create(b, angle), math::SinOp::create(b, angle));
    return arith::MulFOp::create(b, value, factor);
  })};
}

LogicalResult RopeOp::verify() {
  int64_t total = features(getInput()), dims = features(getTable()), heads = getHeads();
  if (dims == 0 || dims % 2)
    return emitOpError() << "expected a table of pairs, got " << dims << " features";
  if (heads <= 0 || total % heads || dims > total / heads)
    return emitOpError() << "expected heads of at least " << dims << " features each, got " << total << " over "
                         << heads << " heads";
  return expectFeatures(*this, "a result", getResult(), total);
}

SmallVector<Value> RopeOp::naiveMeaning(ImplicitLocOpBuilder &b) {
  int64_t width = features(getInput()) / getHeads(), half = features(getTable()) / 2;
  auto index = [&](int64_t v) -> Value { return arith::ConstantIndexOp::create(b, v); };
  auto compare = [&](arith::CmpIPredicate p, Value x, Value y) -> Value { return arith::CmpIOp::create(b, p, x, y); };
  return {generate(b, getInput(), features(getInput()), [&](Value token, Value feature) -> Value {
    Value d = arith::RemUIOp::create(b, feature, index(width));
    Value base = arith::SubIOp::create(b, feature, d);
    // d belongs to pair `pair`; it is the pair's first (x) or second (y) feature.
    Value rotates = compare(arith::CmpIPredicate::ult, d, index(2 * half));
    Value pair, isFirst, partner;
    if (getInterleaved()) {
      pair = arith::DivUIOp::create(b, d, index(2));
      isFirst = compare(arith::CmpIPredicate::eq, arith::RemUIOp::create(b, d, index(2)), index(0));
      partner = arith::XOrIOp::create(b, d, index(1));
    } else {
      pair = arith::RemUIOp::create(b, d, index(half));
      isFirst = compare(arith::CmpIPredicate::ult, d, index(half));
      partner = arith::SelectOp::create(b, isFirst, arith::AddIOp::create(b, d, index(half)),
                                        arith::SubIOp::create(b, d, index(half)));
    }
    pair = arith::SelectOp::create(b, rotates, pair, index(0));
    partner = arith::SelectOp::create(b, rotates, partner, d);
    Value cosine = tensor::ExtractOp::create(b, getTable(), ValueRange{token, pair});
    Value sine = tensor::ExtractOp::create(b, getTable(), ValueRange{token, arith::AddIOp::create(b, pair, index(half))});
    Value x = tensor::ExtractOp::create(b, getInput(), ValueRange{token, feature});
    Value y = tensor::ExtractOp::create(b, getInput(), ValueRange{token, arith::AddIOp::create(b, base, partner)});
    Value signedSine = arith::SelectOp::create(b, isFirst, arith::NegFOp::create(b, sine), sine);
    Value rotated = arith::AddFOp::create(b, arith::MulFOp::create(b, x, cosine), arith::MulFOp::create(b, y, signedSine));
    return arith::SelectOp::create(b, rotates, rotated, x);
  })};
}
