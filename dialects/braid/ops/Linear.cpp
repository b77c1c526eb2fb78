// SPDX-License-Identifier: Apache-2.0
/// \file
/// Linear maps.
#include "dialects/braid/ops/Support.h"

using namespace mlir;
using namespace braid::graph;

LogicalResult LinearOp::verify() {
  int64_t out = features(getResult());
  if (failed(expectShape(*this, "a weight", getWeight(), {out, features(getInput())})))
    return failure();
  return getBias() ? expectShape(*this, "a bias", getBias(), out) : success();
}

SmallVector<Value> LinearOp::naiveMeaning(ImplicitLocOpBuilder &b) {
  int64_t out = features(getResult());
  Value weight = unpack(b, getWeight());
  Value start;
  if (getBias()) {
    Value bias = unpack(b, getBias());
    start = linalg::BroadcastOp::create(b, bias, emptyLike(b, getInput(), out), ArrayRef<int64_t>{0})->getResult(0);
  } else {
    Value zero = arith::ConstantOp::create(b, b.getF32FloatAttr(0));
    start = linalg::FillOp::create(b, zero, emptyLike(b, getInput(), out)).getResult(0);
  }
  AffineExpr t, n, k;
  bindDims(b.getContext(), t, n, k);
  SmallVector<AffineMap> maps = {AffineMap::get(3, 0, {t, k}, b.getContext()),
                                 AffineMap::get(3, 0, {n, k}, b.getContext()),
                                 AffineMap::get(3, 0, {t, n}, b.getContext())};
  SmallVector<utils::IteratorType> loops = {utils::IteratorType::parallel, utils::IteratorType::parallel,
                                            utils::IteratorType::reduction};
  auto op = linalg::GenericOp::create(b, start.getType(), ValueRange{getInput(), weight}, start, maps, loops,
                                      [](OpBuilder &inner, Location loc, ValueRange args) {
    Value product = arith::MulFOp::create(inner, loc, args[0], args[1]);
    linalg::YieldOp::create(inner, loc, ValueRange{arith::AddFOp::create(inner, loc, args[2], product)});
  });
  return {op.getResult(0)};
}
