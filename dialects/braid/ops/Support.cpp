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

LogicalResult expectShape(Operation *op, StringRef operand, Value weight, ArrayRef<int64_t> shape) {
  ArrayRef<int64_t> got = cast<WeightType>(weight.getType()).getShape();
  if (got == shape)
    return success();
  auto join = [](ArrayRef<int64_t> dims) { return llvm::join(llvm::map_range(dims, [](int64_t d) { return std::to_string(d); }), "x"); };
  return op->emitOpError() << "expected " << operand << " of shape " << join(shape) << ", got " << join(got);
}

LogicalResult expectFeatures(Operation *op, StringRef name, Value tokens, int64_t expected) {
  if (features(tokens) == expected)
    return success();
  return op->emitOpError() << "expected " << name << " of " << expected << " features, got " << features(tokens);
}

} // namespace braid::graph
