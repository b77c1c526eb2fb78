// SPDX-License-Identifier: Apache-2.0
/// \file
/// Short causal convolutions along the tokens.
#include "dialects/braid/ops/Support.h"

using namespace mlir;
using namespace braid::graph;

/// Checks that the state is kept as it is, and that it looks back as far as `taps` needs.
static LogicalResult verifyTail(Operation *op, TailType state, Type next, int64_t rows, int64_t width) {
  if (next != state)
    return op->emitOpError() << "expected the next state to be " << state << ", got " << next;
  if (state.getRows() == rows && state.getWidth() == width)
    return success();
  return op->emitOpError() << "expected a tail of " << rows << "x" << width << ", got " << state.getRows() << "x"
                           << state.getWidth();
}

LogicalResult ShortConvOp::verify() {
  int64_t width = features(getInput());
  ArrayRef<int64_t> shape = getWeight().getType().getShape();
  if (shape.size() != 2 || shape[0] != width || shape[1] < 2)
    return emitOpError() << "expected a weight of " << width << " features by at least 2 taps, got "
                         << getWeight().getType();
  if (getBias() && failed(expectShape(*this, "a bias", getBias(), {width})))
    return failure();
  if (failed(verifyTail(*this, getState().getType(), getNext().getType(), shape[1] - 1, width)))
    return failure();
  return expectFeatures(*this, "a result", getResult(), width);
}

LogicalResult TokenShiftOp::verify() {
  int64_t width = features(getInput());
  if (failed(verifyTail(*this, getState().getType(), getNext().getType(), 1, width)))
    return failure();
  return expectFeatures(*this, "a result", getResult(), width);
}

namespace {
/// A stream of features: the rows of a tail, then those of a call's tokens.
class Stream {
public:
  Stream(ImplicitLocOpBuilder &b, Value tokens, Value state)
      : b(b), tokens(tokens), rowCount(cast<TailType>(state.getType()).getRows()),
        rows(RowsOp::create(b, cast<TailType>(state.getType()).getRowsType(), state)) {}

  Value index(int64_t v) { return arith::ConstantIndexOp::create(b, v); }

  /// Number `row` of the stream, counted from the oldest row of the tail.
  Value at(Value row, Value feature) {
    Value fromTail = arith::CmpIOp::create(b, arith::CmpIPredicate::slt, row, index(rowCount));
    auto choice = scf::IfOp::create(b, b.getF32Type(), fromTail, /*withElse=*/true);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(choice.thenBlock());
    scf::YieldOp::create(b, memref::LoadOp::create(b, rows, ValueRange{row, feature}).getResult());
    b.setInsertionPointToStart(choice.elseBlock());
    Value token = arith::SubIOp::create(b, row, index(rowCount));
    scf::YieldOp::create(b, tensor::ExtractOp::create(b, tokens, ValueRange{token, feature}).getResult());
    return choice.getResult(0);
  }

  /// The tail becomes the stream's last rows. Each row is read before it is overwritten, as rows only move down.
  void advance() {
    Value count = tensor::DimOp::create(b, tokens, 0), width = index(features(tokens));
    auto outer = scf::ForOp::create(b, index(0), index(rowCount), index(1));
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPoint(outer.getBody()->getTerminator());
    Value row = outer.getInductionVar(), source = arith::AddIOp::create(b, row, count);
    auto inner = scf::ForOp::create(b, index(0), width, index(1));
    b.setInsertionPoint(inner.getBody()->getTerminator());
    Value feature = inner.getInductionVar();
    memref::StoreOp::create(b, at(source, feature), rows, ValueRange{row, feature});
  }

private:
  ImplicitLocOpBuilder &b;
  Value tokens;
  int64_t rowCount;
  Value rows;
};

/// `value` for each token and feature, in order, before anything that follows: what is written to a state later must
/// not be seen.
Value generateNow(ImplicitLocOpBuilder &b, Value like, llvm::function_ref<Value(Value, Value)> value) {
  auto index = [&](int64_t v) -> Value { return arith::ConstantIndexOp::create(b, v); };
  Value count = tensor::DimOp::create(b, like, 0);
  auto outer = scf::ForOp::create(b, index(0), count, index(1), ValueRange{emptyLike(b, like, features(like))});
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(outer.getBody());
  auto inner = scf::ForOp::create(b, index(0), index(features(like)), index(1), outer.getRegionIterArgs());
  scf::YieldOp::create(b, inner.getResults());
  b.setInsertionPointToStart(inner.getBody());
  Value token = outer.getInductionVar(), feature = inner.getInductionVar();
  Value inserted = tensor::InsertOp::create(b, value(token, feature), inner.getRegionIterArgs()[0],
                                            ValueRange{token, feature});
  scf::YieldOp::create(b, inserted);
  return outer.getResult(0);
}
} // namespace

SmallVector<Value> ShortConvOp::naiveMeaning(ImplicitLocOpBuilder &b) {
  Stream stream(b, getInput(), getState());
  Value weight = unpack(b, getWeight()), bias = getBias() ? unpack(b, getBias()) : Value();
  int64_t taps = getWeight().getType().getShape()[1];
  Value result = generateNow(b, getInput(), [&](Value token, Value feature) -> Value {
    Value sum = bias ? tensor::ExtractOp::create(b, bias, feature).getResult()
                     : arith::ConstantOp::create(b, b.getF32FloatAttr(0)).getResult();
    for (int64_t i = 0; i < taps; ++i) {
      Value x = stream.at(arith::AddIOp::create(b, token, stream.index(i)), feature);
      Value w = tensor::ExtractOp::create(b, weight, ValueRange{feature, stream.index(i)});
      sum = arith::AddFOp::create(b, sum, arith::MulFOp::create(b, w, x));
    }
    return sum;
  });
  stream.advance();
  return {result, getState()};
}

SmallVector<Value> TokenShiftOp::naiveMeaning(ImplicitLocOpBuilder &b) {
  Stream stream(b, getInput(), getState());
  Value result = generateNow(b, getInput(), [&](Value token, Value feature) { return stream.at(token, feature); });
  stream.advance();
  return {result, getState()};
}
