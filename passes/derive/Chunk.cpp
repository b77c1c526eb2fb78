// SPDX-License-Identifier: Apache-2.0
/// \file
/// The chunkwise form: a chunk's tokens at once, from the state before it.
#include "passes/derive/Chunk.h"
#include "passes/derive/ChunkEmitter.h"
#include "passes/derive/VerifyExponents.h"

using namespace mlir;
namespace braid::derive {

static llvm::Error check(const NormalForm &form, const ChunkShape &shape) {
  if (!form.hasChunk())
    return llvm::createStringError("expected a step that has a chunk form" +
                                   (form.reason.empty() ? std::string() : ", but " + form.reason));
  return shape.check();
}

namespace {

struct ChunkForm : ChunkEmitter {
  using ChunkEmitter::ChunkEmitter;
  /// What each write of the variant writes, C x columns; null: zero.
  SmallVector<Value> written;

  func::FuncOp emit() {
    SmallVector<RankedTensorType> results;
    for (unsigned index = 0; index < form.decays.size(); ++index)
      results.push_back(form.isColumn(index) ? b.type({shape.K}) : b.type({shape.K, shape.V}));
    results.push_back(b.type({shape.tokens, shape.V}));
    begin("chunk", /*hasStates=*/true, results);
    written.resize(form.writes.size());
    for (bool ofColumns : {true, false})
      write(solve(ofColumns));
    Value out = output();
    SmallVector<Value> next;
    for (unsigned index = 0; index < form.decays.size(); ++index)
      next.push_back(nextState(index));
    next.push_back(out);
    return end(next);
  }

  void write(const Writes &writes) {
    for (auto [index, direct, weights] : llvm::zip(writes.writes, writes.direct, writes.weights)) {
      Value sum = direct;
      for (auto [index, weight] : llvm::zip(writes.states, weights))
        if (weight)
          sum = b.matmul(weight, state(index), sum);
      written[index] = sum;
      if (sum && form.pool[form.writes[index].value].usesState)
        define(form.writes[index].value, flat(form.writes[index].state, sum));
    }
  }

  /// The reads that `root` needs, when what is written is known.
  void findReads(ExprId root, llvm::SmallDenseSet<ExprId> &seen, SmallVectorImpl<ExprId> &reads) {
    const Expr &expr = form.pool[root];
    if (!expr.usesState || isDefined(root) || !seen.insert(root).second)
      return;
    if (expr.kind == ExprKind::Read)
      reads.push_back(root);
    for (ExprId operand : expr.operands)
      findReads(operand, seen, reads);
  }

  Value output() {
    llvm::SmallDenseSet<ExprId> seen;
    SmallVector<ExprId> reads;
    findReads(form.output, seen, reads);
    for (ExprId id : reads) {
      unsigned index = form.pool[id].index, from = form.reads[index].state;
      Value found = b.matmul(readFactor(index), state(from));
      for (auto [write, value] : llvm::enumerate(written))
        if (value)
          if (Value weights = pairs(index, write))
            found = b.matmul(weights, value, found);
      define(id, flat(from, found));
    }
    return expr(form.output);
  }

  Value nextState(unsigned index) {
    Value next = decayed(index, state(index));
    for (auto [number, write] : llvm::enumerate(form.writes))
      if (write.state == index && written[number])
        next = b.matmul(writeFactor(number), written[number], next, /*isTransposed=*/true);
    return form.isColumn(index) ? b.reshape(next, {shape.K}) : next;
  }

  /// A column's values are scalars.
  Value flat(unsigned state, Value x) { return form.isColumn(state) ? b.reshape(x, {shape.tokens}) : x; }
};

struct TransitionForm : ChunkEmitter {
  using ChunkEmitter::ChunkEmitter;

  func::FuncOp emit() {
    SmallVector<RankedTensorType> types;
    for (bool ofColumns : {false, true})
      if (int64_t rows = rowsOf(ofColumns))
        types.append({b.type({rows, rows}), b.type({rows, ofColumns ? 1 : shape.V})});
    begin("transition", /*hasStates=*/false, types);
    SmallVector<Value> results;
    for (bool ofColumns : {false, true})
      if (rowsOf(ofColumns))
        emitSystem(ofColumns, results);
    return end(results);
  }

  int64_t rowsOf(bool ofColumns) const {
    int64_t rows = 0;
    for (unsigned index = 0; index < form.decays.size(); ++index)
      rows += form.isColumn(index) == ofColumns ? shape.K : 0;
    return rows;
  }

  void emitSystem(bool ofColumns, SmallVectorImpl<Value> &results) {
    const Writes writes = solve(ofColumns);
    const int64_t K = shape.K, columns = ofColumns ? 1 : shape.V, rows = rowsOf(ofColumns);
    Value A = b.zeros({rows, rows}), B = b.zeros({rows, columns});
    Value eye = b.map({K, K}, {}, [&](ValueRange) -> Value {
      Value same = arith::CmpIOp::create(b, arith::CmpIPredicate::eq, b.position(0), b.position(1));
      return arith::SelectOp::create(b, same, b.f32(1), b.f32(0));
    });
    auto offsets = [&](int64_t i, int64_t j) {
      return SmallVector<OpFoldResult>{b.getIndexAttr(i * K), b.getIndexAttr(j * K)};
    };
    for (auto [i, to] : llvm::enumerate(writes.states)) {
      Value constant;
      for (auto [j, from] : llvm::enumerate(writes.states)) {
        Value block = i == j ? decayed(to, eye) : Value();
        for (auto [index, weights] : llvm::zip(writes.writes, writes.weights))
          if (form.writes[index].state == to && weights[j])
            block = b.matmul(writeFactor(index), weights[j], block, /*isTransposed=*/true);
        if (block)
          A = b.insert(block, A, offsets(i, j), {K, K});
      }
      for (auto [index, direct] : llvm::zip(writes.writes, writes.direct))
        if (form.writes[index].state == to && direct)
          constant = b.matmul(writeFactor(index), direct, constant, /*isTransposed=*/true);
      if (constant)
        B = b.insert(constant, B, offsets(i, 0), {K, columns});
    }
    results.append({A, B});
  }

  func::FuncOp emitCombine() {
    SmallVector<Type> types;
    for (bool ofColumns : {false, true})
      if (int64_t rows = rowsOf(ofColumns))
        for (int64_t columns : {rows, ofColumns ? 1 : shape.V}) {
          SmallVector<int64_t> sizes{rows, columns};
          if (shape.ratio > 1)
            sizes.insert(sizes.begin(), shape.ratio);
          types.push_back(b.type(sizes));
        }
    SmallVector<Type> arguments(types);
    arguments.append(types);
    b.setInsertionPointToEnd(module.getBody());
    auto function = func::FuncOp::create(b, (op.getSymName() + "_combine").str(),
                                         b.getFunctionType(arguments, types));
    b.setInsertionPointToStart(function.addEntryBlock());
    SmallVector<Value> results;
    for (size_t i = 0, n = types.size(); i < n; i += 2) {
      Value A1 = function.getArgument(i), B1 = function.getArgument(i + 1), A2 = function.getArgument(n + i),
            B2 = function.getArgument(n + i + 1);
      results.append({product(A2, A1, {}), product(A2, B1, B2)});
    }
    func::ReturnOp::create(b, results);
    return function;
  }

  /// init + x y for each head of the group.
  Value product(Value x, Value y, Value init) {
    if (shape.ratio == 1)
      return b.matmul(x, y, init);
    Tensors::Shape sizes = b.shapeOf(y);
    if (!init)
      init = b.zeros(sizes);
    return linalg::BatchMatmulOp::create(b, ValueRange{x, y}, ValueRange{init}).getResult(0);
  }
};

} // namespace

static llvm::Expected<func::FuncOp> proved(func::FuncOp function) {
  if (failed(verifyExponents(function)))
    return llvm::createStringError("'" + function.getName() + "' has an exponent that may be positive");
  return function;
}

llvm::Expected<func::FuncOp> deriveChunk(ModuleOp module, const NormalForm &form, const ChunkShape &shape) {
  if (llvm::Error error = check(form, shape))
    return error;
  return proved(ChunkForm(module, form, shape).emit());
}

llvm::Expected<func::FuncOp> deriveTransition(ModuleOp module, const NormalForm &form, const ChunkShape &shape) {
  if (llvm::Error error = check(form, shape))
    return error;
  return proved(TransitionForm(module, form, shape).emit());
}

llvm::Expected<func::FuncOp> deriveCombine(ModuleOp module, const NormalForm &form, const ChunkShape &shape) {
  if (llvm::Error error = check(form, shape))
    return error;
  return TransitionForm(module, form, shape).emitCombine();
}

} // namespace braid::derive
