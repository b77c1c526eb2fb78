// SPDX-License-Identifier: Apache-2.0
/// \file
/// Shared by the ops' verifiers and naive meanings.
#include "dialects/braid/ops/Support.h"

using namespace mlir;
namespace braid::graph {

int64_t features(Value tokens) { return cast<RankedTensorType>(tokens.getType()).getDimSize(1); }

Value emptyLike(ImplicitLocOpBuilder &b, Value like, int64_t features) {
  Value count = tensor::DimOp::create(b, like, 0);
  return tensor::EmptyOp::create(b, ArrayRef<int64_t>{ShapedType::kDynamic, features}, b.getF32Type(),
                                 ValueRange{count});
}

Value unpack(ImplicitLocOpBuilder &b, Value weight) {
  auto type = cast<WeightType>(weight.getType());
  return UnpackOp::create(b, RankedTensorType::get(type.getShape(), b.getF32Type()), weight);
}

Value generate(ImplicitLocOpBuilder &b, Value like, int64_t features,
               llvm::function_ref<Value(Value, Value)> body) {
  Value empty = emptyLike(b, like, features);
  AffineMap identity = b.getMultiDimIdentityMap(2);
  SmallVector<utils::IteratorType> loops(2, utils::IteratorType::parallel);
  auto op = linalg::GenericOp::create(
      b, empty.getType(), ValueRange{}, empty, ArrayRef<AffineMap>{identity}, loops,
      [&](OpBuilder &inner, Location, ValueRange) {
        OpBuilder::InsertionGuard guard(b);
        b.restoreInsertionPoint(inner.saveInsertionPoint());
        Value value = body(linalg::IndexOp::create(b, 0), linalg::IndexOp::create(b, 1));
        linalg::YieldOp::create(b, value);
      });
  return op.getResult(0);
}

Value sumOver(ImplicitLocOpBuilder &b, int64_t count, llvm::function_ref<Value(Value)> body) {
  auto index = [&](int64_t v) -> Value { return arith::ConstantIndexOp::create(b, v); };
  Value zero = arith::ConstantOp::create(b, b.getF32FloatAttr(0));
  auto loop = scf::ForOp::create(b, index(0), index(count), index(1), ValueRange{zero},
                                 [&](OpBuilder &inner, Location, Value i, ValueRange carried) {
    OpBuilder::InsertionGuard guard(b);
    b.restoreInsertionPoint(inner.saveInsertionPoint());
    Value sum = arith::AddFOp::create(b, carried[0], body(i));
    scf::YieldOp::create(b, sum);
  });
  return loop.getResult(0);
}

Value perFeature(ImplicitLocOpBuilder &b, Value weight, Value feature) {
  int64_t size = cast<WeightType>(weight.getType()).getShape()[0];
  return arith::RemUIOp::create(b, feature, arith::ConstantIndexOp::create(b, size));
}

LogicalResult expectHeads(Operation *op, Value tokens, int64_t heads) {
  if (heads > 0 && features(tokens) % heads == 0)
    return success();
  return op->emitOpError() << "expected heads that divide " << features(tokens) << " features, got " << heads;
}

static std::string shapeText(ArrayRef<int64_t> dims) {
  return llvm::join(llvm::map_range(dims, [](int64_t d) { return std::to_string(d); }), "x");
}

LogicalResult expectSliceOrAll(Operation *op, StringRef operand, Value weight, int64_t features, int64_t heads) {
  ArrayRef<int64_t> got = cast<WeightType>(weight.getType()).getShape();
  if (got == ArrayRef(features / heads) || got == ArrayRef(features))
    return success();
  InFlightDiagnostic error = op->emitOpError() << "expected " << operand << " of shape " << features / heads;
  if (heads > 1)
    error << " or " << features;
  return error << ", got " << shapeText(got);
}

LogicalResult expectDivisor(Operation *op, StringRef operand, Value weight, int64_t features) {
  ArrayRef<int64_t> got = cast<WeightType>(weight.getType()).getShape();
  if (got.size() == 1 && features % got[0] == 0)
    return success();
  return op->emitOpError() << "expected " << operand << " whose size divides " << features << " features, got "
                           << shapeText(got);
}

LogicalResult expectShape(Operation *op, StringRef operand, Value weight, ArrayRef<int64_t> shape) {
  ArrayRef<int64_t> got = cast<WeightType>(weight.getType()).getShape();
  if (got == shape)
    return success();
  return op->emitOpError() << "expected " << operand << " of shape " << shapeText(shape) << ", got " << shapeText(got);
}

LogicalResult expectFeatures(Operation *op, StringRef name, Value tokens, int64_t expected) {
  if (features(tokens) == expected)
    return success();
  return op->emitOpError() << "expected " << name << " of " << expected << " features, got " << features(tokens);
}

} // namespace braid::graph
