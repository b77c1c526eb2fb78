// SPDX-License-Identifier: Apache-2.0
/// \file
/// Matrix products on buffers as register tiles: rows x vectors of sums, which stay in registers along the inner loop.
#include "compiler/targets/cpu/TensorRun.h"

using namespace mlir;
namespace braid::cpu {

namespace {

/// A product of f32 matrices of static shape: C[m, n] += A[m, k] B[k, n], or A[k, m].
struct Product {
  Value a, b, c;
  int64_t rows, columns, depth;
  bool isTransposed;
};

bool hasUnitStride(Value matrix) {
  auto type = cast<MemRefType>(matrix.getType());
  SmallVector<int64_t> strides;
  int64_t offset;
  return succeeded(type.getStridesAndOffset(strides, offset)) && strides.back() == 1;
}

std::optional<Product> match(linalg::MatmulOp op) {
  Value a = op.getInputs()[0], b = op.getInputs()[1], c = op.getOutputs()[0];
  SmallVector<AffineMap> maps = op.getIndexingMapsArray();
  MLIRContext *context = op.getContext();
  auto dims = [&](unsigned x, unsigned y) { return AffineMap::getMultiDimMapWithTargets(3, {x, y}, context); };
  bool isTransposed = maps[0] == dims(2, 0);
  if ((!isTransposed && maps[0] != dims(0, 2)) || maps[1] != dims(2, 1) || !hasUnitStride(b) || !hasUnitStride(c))
    return std::nullopt;
  ArrayRef<int64_t> shape = cast<MemRefType>(c.getType()).getShape();
  int64_t depth = cast<MemRefType>(b.getType()).getShape()[0];
  if (!cast<MemRefType>(c.getType()).getElementType().isF32() ||
      ShapedType::isDynamicShape({shape[0], shape[1], depth}))
    return std::nullopt;
  return Product{a, b, c, shape[0], shape[1], depth, isTransposed};
}

class ProductEmitter : public ImplicitLocOpBuilder {
public:
  ProductEmitter(Operation *op, const Product &product, int64_t lanes)
      : ImplicitLocOpBuilder(op->getLoc(), op), p(product), lanes(lanes) {}

  /// All columns, by tiles of two vectors, then of one.
  void emit() {
    const int64_t pairs = p.columns / (2 * lanes) * (2 * lanes);
    columns(0, pairs, 2);
    columns(pairs, p.columns, 1);
  }

private:
  Value index(int64_t value) { return arith::ConstantIndexOp::create(*this, value); }
  Value plus(Value x, int64_t by) { return by ? arith::AddIOp::create(*this, x, index(by)).getResult() : x; }

  void loop(int64_t from, int64_t to, int64_t step, llvm::function_ref<void(Value)> body) {
    if (from == to)
      return;
    auto op = scf::ForOp::create(*this, index(from), index(to), index(step));
    InsertionGuard guard(*this);
    setInsertionPointToStart(op.getBody());
    body(op.getInductionVar());
  }

  void columns(int64_t from, int64_t to, int64_t vectors) {
    loop(from, to, vectors * lanes, [&](Value column) {
      int64_t row = 0;
      for (int64_t rows : {8, 4, 2, 1}) {
        int64_t end = row + (p.rows - row) / rows * rows;
        loop(row, end, rows, [&](Value start) { tile(start, rows, column, vectors); });
        row = end;
      }
    });
  }

  void tile(Value row, int64_t rows, Value column, int64_t vectors) {
    auto type = VectorType::get({lanes}, getF32Type());
    auto place = [&](int64_t i, int64_t j) { return SmallVector<Value>{plus(row, i), plus(column, j * lanes)}; };
    SmallVector<Value> sums;
    for (int64_t i = 0; i < rows; ++i)
      for (int64_t j = 0; j < vectors; ++j)
        sums.push_back(vector::LoadOp::create(*this, type, p.c, place(i, j)));
    auto inner = scf::ForOp::create(*this, index(0), index(p.depth), index(1), sums);
    {
      InsertionGuard guard(*this);
      setInsertionPointToStart(inner.getBody());
      Value k = inner.getInductionVar();
      SmallVector<Value> right, next(inner.getRegionIterArgs());
      for (int64_t j = 0; j < vectors; ++j)
        right.push_back(vector::LoadOp::create(*this, type, p.b, ValueRange{k, plus(column, j * lanes)}));
      for (int64_t i = 0; i < rows; ++i) {
        Value m = plus(row, i);
        Value x = memref::LoadOp::create(*this, p.a, p.isTransposed ? ValueRange{k, m} : ValueRange{m, k});
        x = vector::BroadcastOp::create(*this, type, x);
        for (int64_t j = 0; j < vectors; ++j)
          next[i * vectors + j] = vector::FMAOp::create(*this, x, right[j], next[i * vectors + j]);
      }
      scf::YieldOp::create(*this, next);
    }
    for (int64_t i = 0; i < rows; ++i)
      for (int64_t j = 0; j < vectors; ++j)
        vector::StoreOp::create(*this, inner.getResult(i * vectors + j), p.c, place(i, j));
  }

  const Product &p;
  int64_t lanes;
};

} // namespace

void vectorizeProducts(func::FuncOp function, int64_t lanes) {
  SmallVector<linalg::MatmulOp> products;
  function.walk([&](linalg::MatmulOp op) { products.push_back(op); });
  for (linalg::MatmulOp op : products) {
    std::optional<Product> product = match(op);
    if (!product)
      continue;
    int64_t width = lanes;
    while (product->columns % width)
      width /= 2;
    if (width < 4)
      continue;
    ProductEmitter(op, *product, width).emit();
    op.erase();
  }
}

} // namespace braid::cpu
