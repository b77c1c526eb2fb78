// SPDX-License-Identifier: Apache-2.0
/// \file
/// Mixture of experts.
#include "dialects/braid/ops/Naive.h"

using namespace mlir;
using namespace braid::graph;

LogicalResult ExpertsOp::verify() {
  ArrayRef<int64_t> up = getUp().getType().getShape();
  if (up.size() != 3)
    return emitOpError() << "expected an up weight of 3 dimensions, [experts, inner, features], got " << up.size();
  int64_t width = features(getInput()), slots = features(getWeights());
  if (int64_t ids = cast<RankedTensorType>(getIds().getType()).getDimSize(1); ids != slots)
    return emitOpError() << "expected as many weights as ids a token, got " << slots << " and " << ids;
  if (failed(expectShape(*this, "an up weight", getUp(), {up[0], up[1], width})) ||
      failed(expectShape(*this, "a down weight", getDown(), {up[0], width, up[1]})))
    return failure();
  if (getGate() && failed(expectShape(*this, "a gate weight", getGate(), up)))
    return failure();
  return expectFeatures(*this, "a result", getResult(), width);
}

SmallVector<Value> ExpertsOp::naiveMeaning(ImplicitLocOpBuilder &b) {
  Naive n{b};
  ArrayRef<int64_t> shape = getUp().getType().getShape();
  const int64_t inner = shape[1], width = shape[2];
  Value gate = getGate() ? unpack(b, getGate()) : Value(), up = unpack(b, getUp()), down = unpack(b, getDown());
  Value hidden = n.local(inner);
  Value tokens = tensor::DimOp::create(b, getInput(), 0);
  return n.loop(n.index(0), tokens, emptyLike(b, getInput(), width), [&](Value t, ValueRange outer) -> Naive::Values {
    Value zeroed = n.fold(width, outer[0], [&](Value o, Value y) { return n.insert(n.f32(0), y, {t, o}); });
    return {n.fold(features(getWeights()), zeroed, [&](Value slot, Value y) {
      Value expert = arith::IndexCastOp::create(b, b.getIndexType(), n.at(getIds(), {t, slot}));
      Value weight = n.at(getWeights(), {t, slot});
      n.each(inner, [&](Value j) {
        auto product = [&](Value matrix) {
          return n.fold(width, n.f32(0), [&](Value i, Value sum) {
            return n.add(sum, n.mul(n.at(matrix, {expert, j, i}), n.at(getInput(), {t, i})));
          });
        };
        Value value = activate(b, getActivation(), product(gate ? gate : up));
        n.store(gate ? n.mul(value, product(up)) : value, hidden, j);
      });
      return n.fold(width, y, [&](Value o, Value in) {
        Value sum = n.fold(inner, n.f32(0), [&](Value j, Value sum) {
          return n.add(sum, n.mul(n.at(down, {expert, o, j}), n.at(hidden, j)));
        });
        return n.insert(n.add(n.at(in, {t, o}), n.mul(weight, sum)), in, {t, o});
      });
    })};
  });
}
