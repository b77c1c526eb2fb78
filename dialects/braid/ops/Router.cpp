// SPDX-License-Identifier: Apache-2.0
/// \file
/// Which experts a token goes to.
#include "dialects/braid/ops/Naive.h"

using namespace mlir;
using namespace braid::graph;

LogicalResult RouterOp::verify() {
  int64_t experts = features(getLogits()), k = getTopK(), groups = getGroups(), kept = getTopGroups();
  if (k <= 0 || k > experts)
    return emitOpError() << "expected to choose 1 to " << experts << " experts, got " << k;
  if (groups <= 0 || experts % groups)
    return emitOpError() << "expected groups that divide " << experts << " experts, got " << groups;
  if (kept <= 0 || kept > groups)
    return emitOpError() << "expected to keep 1 to " << groups << " groups, got " << kept;
  if (kept * (experts / groups) < k)
    return emitOpError() << "expected kept groups of at least " << k << " experts, got " << kept * (experts / groups);
  if (getGroups() > 1 && getGroupsByPair() && experts / groups < 2)
    return emitOpError() << "expected groups of at least 2 experts to pair, got " << experts / groups;
  if (!(getEpsilon().convertToDouble() >= 0))
    return emitOpError() << "expected an epsilon of at least 0, got " << getEpsilon().convertToDouble();
  if (getBiasedWeights() && !getBias())
    return emitOpError() << "expected a bias for biased weights, got none";
  if (cast<RankedTensorType>(getIds().getType()).getDimSize(1) != k)
    return emitOpError() << "expected " << k << " ids a token, got "
                         << cast<RankedTensorType>(getIds().getType()).getDimSize(1);
  if (failed(expectFeatures(*this, "weights", getWeights(), k)))
    return failure();
  return getBias() ? expectShape(*this, "a bias", getBias(), experts) : success();
}

namespace {

/// One token's choice. `scores` and `keys` (what experts are chosen by) are local memory.
struct Choice {
  Naive n;
  RouterOp op;
  int64_t experts;
  Value bias, scores, keys, groups;

  Value logit(Value token, Value expert) { return n.at(op.getLogits(), {token, expert}); }
  void score(Value token);
  void maskGroups();
  Value best();
};

void Choice::score(Value token) {
  if (op.getScoring() == RouterScoring::Softmax) {
    Value top = n.fold(experts, n.lowest(), [&](Value e, Value best) {
      return arith::MaximumFOp::create(n.b, best, logit(token, e)).getResult();
    });
    Value sum = n.fold(experts, n.f32(0), [&](Value e, Value sum) {
      Value weight = n.exp(n.sub(logit(token, e), top));
      n.store(weight, scores, e);
      return n.add(sum, weight);
    });
    n.each(experts, [&](Value e) { n.store(n.div(n.at(scores, e), sum), scores, e); });
  } else {
    n.each(experts, [&](Value e) {
      Value power = n.exp(arith::NegFOp::create(n.b, logit(token, e)));
      n.store(n.div(n.f32(1), n.add(n.f32(1), power)), scores, e);
    });
  }
  n.each(experts, [&](Value e) {
    Value key = op.choosesByLogits() ? logit(token, e) : n.at(scores, e);
    if (bias) {
      key = n.add(key, n.at(bias, e));
      if (op.getBiasedWeights())
        n.store(key, scores, e);
    }
    Value isNan = arith::CmpFOp::create(n.b, arith::CmpFPredicate::UNO, key, key);
    n.store(n.select(isNan, n.lowest(), key), keys, e);
  });
}

void Choice::maskGroups() {
  int64_t count = op.getGroups(), size = experts / count;
  n.each(count, [&](Value group) {
    Value first = n.mul(group, n.index(size));
    Naive::Values best = n.loop(size, {n.lowest(), n.lowest()}, [&](Value i, ValueRange top) -> Naive::Values {
      Value key = n.at(keys, n.add(first, i));
      Value isFirst = n.greater(key, top[0]), isSecond = n.greater(key, top[1]);
      return {n.select(isFirst, key, top[0]), n.select(isFirst, top[0], n.select(isSecond, key, top[1]))};
    });
    n.store(op.getGroupsByPair() ? n.add(best[0], best[1]) : best[0], groups, group);
  });
  bool isZero = op.getZeroMasked() && !op.choosesByLogits(); // no score that logits stand for is 0
  n.each(count, [&](Value group) {
    Value own = n.at(groups, group);
    Value better = n.fold(count, n.index(0), [&](Value other, Value sum) {
      Value value = n.at(groups, other);
      Value isEqual = arith::CmpFOp::create(n.b, arith::CmpFPredicate::OEQ, value, own);
      Value precedes = arith::AndIOp::create(n.b, isEqual, n.less(other, group));
      Value wins = arith::OrIOp::create(n.b, n.greater(value, own), precedes);
      return n.select(wins, n.add(sum, n.index(1)), sum);
    });
    Value isKept = n.less(better, n.index(op.getTopGroups()));
    n.each(size, [&](Value i) {
      Value e = n.add(n.mul(group, n.index(size)), i);
      n.store(n.select(isKept, n.at(keys, e), isZero ? n.f32(0) : n.lowest()), keys, e);
    });
  });
}

/// The expert with the largest key, the first of equals; it is taken by making its key NaN.
Value Choice::best() {
  Value none = n.index(experts);
  Value found = n.loop(experts, {n.lowest(), none}, [&](Value e, ValueRange top) -> Naive::Values {
    Value key = n.at(keys, e);
    Value isFree = arith::CmpFOp::create(n.b, arith::CmpFPredicate::ORD, key, key);
    Value isFirst = arith::CmpIOp::create(n.b, arith::CmpIPredicate::eq, top[1], none);
    Value wins = arith::AndIOp::create(n.b, isFree, arith::OrIOp::create(n.b, isFirst, n.greater(key, top[0])));
    return {n.select(wins, key, top[0]), n.select(wins, e, top[1])};
  })[1];
  n.store(n.f32(std::numeric_limits<double>::quiet_NaN()), keys, found);
  return found;
}

} // namespace

SmallVector<Value> RouterOp::naiveMeaning(ImplicitLocOpBuilder &b) {
  Naive n{b};
  int64_t experts = features(getLogits()), k = getTopK();
  Choice choice{n, *this, experts, getBias() ? unpack(b, getBias()) : Value(), n.local(experts), n.local(experts), {}};
  if (getGroups() > 1)
    choice.groups = n.local(getGroups());
  Value tokens = tensor::DimOp::create(b, getLogits(), 0);
  Value ids = tensor::EmptyOp::create(b, ArrayRef<int64_t>{ShapedType::kDynamic, k}, b.getI32Type(), tokens);
  Value weights = emptyLike(b, getLogits(), k);
  return n.loop(n.index(0), tokens, {ids, weights}, [&](Value t, ValueRange outer) -> Naive::Values {
    choice.score(t);
    if (getGroups() > 1)
      choice.maskGroups();
    Naive::Values out = n.loop(k, {outer[0], outer[1], n.f32(0)}, [&](Value i, ValueRange in) -> Naive::Values {
      Value expert = choice.best(), weight = n.at(choice.scores, expert);
      Value id = arith::IndexCastOp::create(b, b.getI32Type(), expert);
      return {n.insert(id, in[0], {t, i}), n.insert(weight, in[1], {t, i}), n.add(in[2], weight)};
    });
    Value divisor = n.add(out[2], n.f32(getEpsilon().convertToDouble()));
    Value scaled = n.fold(k, out[1], [&](Value i, Value in) {
      Value weight = n.at(in, {t, i});
      if (getRenormalize())
        weight = n.div(weight, divisor);
      return n.insert(n.mul(weight, n.f32(getScale().convertToDouble())), in, {t, i});
    });
    return {out[0], scaled};
  });
}
