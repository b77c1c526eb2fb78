// SPDX-License-Identifier: Apache-2.0
/// \file
/// Scalar code for naive meanings.
#include "dialects/braid/ops/Naive.h"

using namespace mlir;
namespace braid::graph {

Value Naive::add(Value x, Value y) const {
  return x.getType().isIndex() ? arith::AddIOp::create(b, x, y).getResult() : arith::AddFOp::create(b, x, y).getResult();
}
Value Naive::mul(Value x, Value y) const {
  return x.getType().isIndex() ? arith::MulIOp::create(b, x, y).getResult() : arith::MulFOp::create(b, x, y).getResult();
}
Value Naive::greater(Value x, Value y) const {
  return arith::CmpFOp::create(b, arith::CmpFPredicate::OGT, x, y);
}
Value Naive::less(Value x, Value y) const { return arith::CmpIOp::create(b, arith::CmpIPredicate::ult, x, y); }

Value Naive::at(Value from, ValueRange indices) const {
  return isa<MemRefType>(from.getType()) ? memref::LoadOp::create(b, from, indices).getResult()
                                         : tensor::ExtractOp::create(b, from, indices).getResult();
}
void Naive::store(Value value, Value memory, ValueRange indices) const {
  memref::StoreOp::create(b, value, memory, indices);
}
Value Naive::insert(Value value, Value tensor, ValueRange indices) const {
  return tensor::InsertOp::create(b, value, tensor, indices);
}
Value Naive::local(int64_t size) const {
  return memref::AllocaOp::create(b, MemRefType::get({size}, b.getF32Type()));
}

Naive::Values Naive::loop(Value from, Value to, ValueRange carried, Body body) const {
  auto op = scf::ForOp::create(b, from, to, index(1), carried);
  OpBuilder::InsertionGuard guard(b);
  if (carried.empty()) {
    b.setInsertionPoint(op.getBody()->getTerminator());
    body(op.getInductionVar(), {});
  } else {
    b.setInsertionPointToStart(op.getBody());
    scf::YieldOp::create(b, body(op.getInductionVar(), op.getRegionIterArgs()));
  }
  return Values(op.getResults());
}
void Naive::each(int64_t to, llvm::function_ref<void(Value)> body) const {
  loop(to, {}, [&](Value i, ValueRange) {
    body(i);
    return Values{};
  });
}
Value Naive::fold(int64_t to, Value start, llvm::function_ref<Value(Value, Value)> body) const {
  return loop(to, start, [&](Value i, ValueRange carried) { return Values{body(i, carried[0])}; })[0];
}

} // namespace braid::graph
