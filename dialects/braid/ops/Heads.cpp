// SPDX-License-Identifier: Apache-2.0
/// \file
/// Numbers a head: spread over it, or summed from it.
#include "dialects/braid/ops/Support.h"

using namespace mlir;
using namespace braid::graph;

LogicalResult BroadcastOp::verify() {
  if (features(getInput()) > 0 && features(getResult()) % features(getInput()) == 0)
    return success();
  return emitOpError() << "expected a result of a multiple of " << features(getInput()) << " features, got "
                       << features(getResult());
}

SmallVector<Value> BroadcastOp::naiveMeaning(ImplicitLocOpBuilder &b) {
  int64_t wide = features(getResult()), repeats = wide / features(getInput());
  return {generate(b, getInput(), wide, [&](Value token, Value feature) -> Value {
    Value at = arith::DivUIOp::create(b, feature, arith::ConstantIndexOp::create(b, std::max<int64_t>(repeats, 1)));
    return tensor::ExtractOp::create(b, getInput(), ValueRange{token, at});
  })};
}

LogicalResult HeadSumOp::verify() {
  if (failed(expectHeads(*this, getInput(), getHeads())))
    return failure();
  return expectFeatures(*this, "a result", getResult(), getHeads());
}

SmallVector<Value> HeadSumOp::naiveMeaning(ImplicitLocOpBuilder &b) {
  int64_t heads = getHeads(), width = features(getInput()) / heads;
  return {generate(b, getInput(), heads, [&](Value token, Value head) -> Value {
    Value first = arith::MulIOp::create(b, head, arith::ConstantIndexOp::create(b, width));
    return sumOver(b, width, [&](Value i) -> Value {
      return tensor::ExtractOp::create(b, getInput(), ValueRange{token, arith::AddIOp::create(b, first, i)});
    });
  })};
}
