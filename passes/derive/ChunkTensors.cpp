// SPDX-License-Identifier: Apache-2.0
/// \file
/// Tensor functions in the linalg, arith, math, tensor and scf dialects.
#include "passes/derive/ChunkTensors.h"

#include "mlir/Dialect/Utils/ReshapeOpsUtils.h"

using namespace mlir;
namespace braid::derive {

Value Tensors::f32(double value) { return arith::ConstantOp::create(*this, getF32FloatAttr(float(value))); }
Value Tensors::index(int64_t value) { return arith::ConstantIndexOp::create(*this, value); }
Value Tensors::splat(double value, Shape shape) {
  return arith::ConstantOp::create(*this, DenseElementsAttr::get(type(shape), float(value)));
}
Value Tensors::zeros(Shape shape) {
  Value empty = tensor::EmptyOp::create(*this, shape, getF32Type());
  return linalg::FillOp::create(*this, ValueRange{f32(0)}, ValueRange{empty}).getResult(0);
}

Value Tensors::add(Value x, Value y) {
  if (!x || !y)
    return x ? x : y;
  return arith::AddFOp::create(*this, x, y);
}
Value Tensors::mul(Value x, Value y) {
  if (!x || !y)
    return x ? x : y;
  return arith::MulFOp::create(*this, x, y);
}

Value Tensors::generic(Shape loops, ArrayRef<Operand> operands, Operand result, Body body) {
  SmallVector<AffineMap> maps;
  SmallVector<Value> inputs;
  auto mapOf = [&](ArrayRef<unsigned> dims) {
    return AffineMap::getMultiDimMapWithTargets(loops.size(), dims, getContext());
  };
  for (const Operand &operand : operands) {
    inputs.push_back(operand.tensor);
    maps.push_back(mapOf(operand.loops));
  }
  maps.push_back(mapOf(result.loops));
  SmallVector<utils::IteratorType> iterators(loops.size(), utils::IteratorType::reduction);
  for (unsigned loop : result.loops)
    iterators[loop] = utils::IteratorType::parallel;
  auto op = linalg::GenericOp::create(*this, TypeRange{result.tensor.getType()}, inputs, ValueRange{result.tensor},
                                      maps, iterators);
  InsertionGuard guard(*this);
  Block &block = op.getRegion().emplaceBlock();
  block.addArguments(SmallVector<Type>(operands.size() + 1, getF32Type()),
                     SmallVector<Location>(operands.size() + 1, getLoc()));
  setInsertionPointToEnd(&block);
  linalg::YieldOp::create(*this, body(block.getArguments()));
  return op.getResult(0);
}

Value Tensors::map(Shape shape, ArrayRef<Operand> operands, Body body) {
  auto all = llvm::to_vector(llvm::seq<unsigned>(0, shape.size()));
  Value empty = tensor::EmptyOp::create(*this, shape, getF32Type());
  return generic(shape, operands, {empty, all}, [&](ValueRange args) { return body(args.drop_back()); });
}

Value Tensors::sum(Shape loops, ArrayRef<unsigned> kept, ArrayRef<Operand> operands, Body term) {
  SmallVector<int64_t> shape;
  for (unsigned loop : kept)
    shape.push_back(loops[loop]);
  return generic(loops, operands, {zeros(shape), SmallVector<unsigned>(kept)},
                 [&](ValueRange args) { return add(args.back(), term(args.drop_back())); });
}

Value Tensors::update(Value tensor, ArrayRef<Operand> operands, Body body) {
  auto all = llvm::to_vector(llvm::seq<unsigned>(0, shapeOf(tensor).size()));
  return generic(shapeOf(tensor), operands, {tensor, all}, body);
}

Value Tensors::less(Value x, Value y) {
  return arith::CmpIOp::create(*this, arith::CmpIPredicate::slt, x, y);
}
Value Tensors::where(Value condition, Value x) { return arith::SelectOp::create(*this, condition, x, f32(0)); }

Value Tensors::spread(Value tensor, Shape shape, ArrayRef<unsigned> loops) {
  return map(shape, {{tensor, SmallVector<unsigned>(loops)}}, [](ValueRange args) { return args[0]; });
}

Value Tensors::matmul(Value x, Value y, Value init, bool isTransposed) {
  int64_t rows = shapeOf(x)[isTransposed ? 1 : 0];
  if (!init)
    init = zeros({rows, shapeOf(y)[1]});
  if (isTransposed)
    return linalg::MatmulTransposeAOp::create(*this, getLoc(), ValueRange{x, y}, ValueRange{init}).getResult(0);
  return linalg::MatmulOp::create(*this, ValueRange{x, y}, ValueRange{init}).getResult(0);
}

Value Tensors::transpose(Value matrix) {
  Shape shape = shapeOf(matrix);
  Value empty = tensor::EmptyOp::create(*this, {shape[1], shape[0]}, getF32Type());
  return linalg::TransposeOp::create(*this, matrix, empty, ArrayRef<int64_t>{1, 0}).getResult()[0];
}

Value Tensors::reshape(Value tensor, Shape shape) {
  Shape old = shapeOf(tensor);
  if (old == shape)
    return tensor;
  bool isSplit = shape.size() > old.size();
  auto groups = getReassociationIndicesForReshape(cast<RankedTensorType>(tensor.getType()), type(shape));
  assert(groups && "expected dimensions that are split or merged");
  if (isSplit)
    return tensor::ExpandShapeOp::create(*this, type(shape), tensor, *groups);
  return tensor::CollapseShapeOp::create(*this, type(shape), tensor, *groups);
}

static SmallVector<OpFoldResult> folded(Builder &b, ArrayRef<int64_t> numbers, size_t rank) {
  if (numbers.empty())
    return SmallVector<OpFoldResult>(rank, b.getIndexAttr(1));
  return llvm::map_to_vector(numbers, [&](int64_t n) -> OpFoldResult { return b.getIndexAttr(n); });
}

Value Tensors::slice(Value tensor, ArrayRef<OpFoldResult> offsets, Shape sizes, Shape shape, Shape strides) {
  return tensor::ExtractSliceOp::create(*this, type(shape), tensor, offsets, folded(*this, sizes, sizes.size()),
                                        folded(*this, strides, sizes.size()));
}

Value Tensors::insert(Value part, Value tensor, ArrayRef<OpFoldResult> offsets, Shape sizes, Shape strides) {
  return tensor::InsertSliceOp::create(*this, part, tensor, offsets, folded(*this, sizes, sizes.size()),
                                       folded(*this, strides, sizes.size()));
}

SmallVector<Value> Tensors::loop(Value from, Value to, Value step, ValueRange carried, LoopBody body) {
  auto op = scf::ForOp::create(*this, from, to, step, carried);
  InsertionGuard guard(*this);
  setInsertionPointToStart(op.getBody());
  SmallVector<Value> next = body(op.getInductionVar(), op.getRegionIterArgs());
  if (!carried.empty())
    scf::YieldOp::create(*this, next);
  return SmallVector<Value>(op.getResults());
}

} // namespace braid::derive
