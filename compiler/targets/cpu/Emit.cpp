// SPDX-License-Identifier: Apache-2.0
/// \file
/// The kernel builder.
#include "compiler/targets/cpu/Emit.h"

#include "mlir/Dialect/UB/IR/UBOps.h"

using namespace mlir;
namespace braid::cpu {

static bool isFloat(Value v) { return isa<FloatType>(getElementTypeOrSelf(v)); }

Emit::Emit(ModuleOp module)
    : ImplicitLocOpBuilder(module.getLoc(), module.getContext()), moduleOp(module) {
  setInsertionPointToEnd(module.getBody());
}

Type Emit::ptr() { return LLVM::LLVMPointerType::get(getContext()); }
VectorType Emit::vec(Type element, int64_t lanes) { return VectorType::get({lanes}, element); }

Value Emit::i64(int64_t value) { return arith::ConstantOp::create(*this, getI64IntegerAttr(value)); }
Value Emit::i32(int32_t value) { return arith::ConstantOp::create(*this, getI32IntegerAttr(value)); }
Value Emit::f32(double value) { return arith::ConstantOp::create(*this, getF32FloatAttr(value)); }

static Value constantOf(Emit &e, Type type, TypedAttr element) {
  if (auto vector = dyn_cast<VectorType>(type))
    return arith::ConstantOp::create(e, DenseElementsAttr::get(vector, element));
  return arith::ConstantOp::create(e, element);
}
Value Emit::constant(Type type, double value) {
  return constantOf(*this, type, getFloatAttr(getElementTypeOrSelf(type), value));
}
Value Emit::constant(Type type, int64_t value) {
  Type element = getElementTypeOrSelf(type);
  if (isa<FloatType>(element))
    return constant(type, double(value));
  return constantOf(*this, type, getIntegerAttr(element, value));
}
Value Emit::splat(Value scalar, int64_t lanes) {
  return vector::BroadcastOp::create(*this, vec(scalar.getType(), lanes), scalar);
}

Value Emit::add(Value a, Value b) {
  return isFloat(a) ? arith::AddFOp::create(*this, a, b).getResult() : arith::AddIOp::create(*this, a, b).getResult();
}
Value Emit::sub(Value a, Value b) {
  return isFloat(a) ? arith::SubFOp::create(*this, a, b).getResult() : arith::SubIOp::create(*this, a, b).getResult();
}
Value Emit::mul(Value a, Value b) {
  return isFloat(a) ? arith::MulFOp::create(*this, a, b).getResult() : arith::MulIOp::create(*this, a, b).getResult();
}
Value Emit::div(Value a, Value b) {
  return isFloat(a) ? arith::DivFOp::create(*this, a, b).getResult() : arith::DivSIOp::create(*this, a, b).getResult();
}
Value Emit::rem(Value a, Value b) { return arith::RemSIOp::create(*this, a, b); }
Value Emit::min(Value a, Value b) { return select(less(a, b), a, b); }
Value Emit::max(Value a, Value b) { return select(less(b, a), a, b); }
Value Emit::fma(Value a, Value b, Value c) {
  if (isa<VectorType>(a.getType()))
    return vector::FMAOp::create(*this, a, b, c);
  return math::FmaOp::create(*this, a, b, c);
}
Value Emit::ceilDiv(Value a, int64_t b) { return div(add(a, i64(b - 1)), i64(b)); }
Value Emit::less(Value a, Value b) {
  if (isFloat(a))
    return arith::CmpFOp::create(*this, arith::CmpFPredicate::OLT, a, b);
  return arith::CmpIOp::create(*this, arith::CmpIPredicate::slt, a, b);
}
Value Emit::select(Value condition, Value a, Value b) { return arith::SelectOp::create(*this, condition, a, b); }

static Value foldLanes(Emit &e, Value vector, llvm::function_ref<Value(Value, Value)> combine) {
  int64_t lanes = cast<VectorType>(vector.getType()).getDimSize(0);
  while (lanes > 1) {
    lanes /= 2;
    SmallVector<int64_t> low, high;
    for (int64_t i = 0; i < lanes; ++i) {
      low.push_back(i);
      high.push_back(i + lanes);
    }
    Value a = vector::ShuffleOp::create(e, vector, vector, low);
    Value b = vector::ShuffleOp::create(e, vector, vector, high);
    vector = combine(a, b);
  }
  return vector::ExtractOp::create(e, vector, ArrayRef<int64_t>{0});
}
Value Emit::sumLanes(Value vector) {
  return foldLanes(*this, vector, [&](Value a, Value b) { return add(a, b); });
}
Value Emit::maxLanes(Value vector) {
  return foldLanes(*this, vector, [&](Value a, Value b) { return max(a, b); });
}
Value Emit::tailMask(Value count, int64_t lanes) {
  SmallVector<int32_t> iota(lanes);
  for (int64_t i = 0; i < lanes; ++i)
    iota[i] = i;
  Value lane = arith::ConstantOp::create(*this, getI32VectorAttr(iota));
  Value limit = splat(arith::TruncIOp::create(*this, getI32Type(), count), lanes);
  return arith::CmpIOp::create(*this, arith::CmpIPredicate::slt, lane, limit);
}

Value Emit::at(Value base, Value byteOffset) {
  return LLVM::GEPOp::create(*this, ptr(), getI8Type(), base, ArrayRef<LLVM::GEPArg>{byteOffset});
}
Value Emit::at(Value base, int64_t byteOffset) { return byteOffset ? at(base, i64(byteOffset)) : base; }
Value Emit::load(Type type, Value address, unsigned alignment) {
  return LLVM::LoadOp::create(*this, type, address, alignment);
}
void Emit::store(Value value, Value address, unsigned alignment) {
  LLVM::StoreOp::create(*this, value, address, alignment);
}
Value Emit::loadMasked(VectorType type, Value address, Value mask) {
  Value zero = constant(type, int64_t(0));
  return LLVM::MaskedLoadOp::create(*this, type, address, mask, zero, getI32IntegerAttr(1));
}
void Emit::storeMasked(Value value, Value address, Value mask) {
  LLVM::MaskedStoreOp::create(*this, value, address, mask, getI32IntegerAttr(1));
}
void Emit::copyFloats(Value from, Value to, int64_t count) {
  const int64_t full = count / kLanes * kLanes;
  if (full)
    loop(i64(0), i64(full), i64(kLanes), [&](Value number) {
      Value offset = mul(number, i64(4));
      store(load(vf32(), at(from, offset), 4), at(to, offset), 4);
    });
  if (full < count) {
    Value mask = tailMask(i64(count - full));
    storeMasked(loadMasked(vf32(), at(from, 4 * full), mask), at(to, 4 * full), mask);
  }
}
void Emit::prefetch(Value address, int locality) {
  LLVM::Prefetch::create(*this, address, /*rw=*/0, locality, /*cache=*/1);
}
Value Emit::stackSlot(int64_t bytes, unsigned alignment) {
  OpBuilder::InsertionGuard guard(*this);
  auto function = getInsertionBlock()->getParentOp();
  while (!isa<LLVM::LLVMFuncOp>(function))
    function = function->getParentOp();
  setInsertionPointToStart(&cast<LLVM::LLVMFuncOp>(function).getBody().front());
  return LLVM::AllocaOp::create(*this, ptr(), getI8Type(), i64(bytes), alignment);
}

void Emit::loop(Value from, Value to, Value step, Body body) {
  loop(from, to, step, ValueRange{}, [&](Value index, ValueRange) {
    body(index);
    return SmallVector<Value>{};
  });
}
SmallVector<Value> Emit::loop(Value from, Value to, Value step, ValueRange carried, CarryBody body) {
  auto op = scf::ForOp::create(*this, from, to, step, carried);
  OpBuilder::InsertionGuard guard(*this);
  if (carried.empty()) {
    setInsertionPoint(op.getBody()->getTerminator());
    body(op.getInductionVar(), {});
  } else {
    setInsertionPointToStart(op.getBody());
    SmallVector<Value> next = body(op.getInductionVar(), op.getRegionIterArgs());
    scf::YieldOp::create(*this, next);
  }
  return llvm::to_vector_of<Value>(op.getResults());
}
void Emit::ifThen(Value condition, llvm::function_ref<void()> then, llvm::function_ref<void()> otherwise) {
  auto op = scf::IfOp::create(*this, condition, bool(otherwise));
  OpBuilder::InsertionGuard guard(*this);
  setInsertionPointToStart(op.thenBlock());
  then();
  if (otherwise) {
    setInsertionPointToStart(op.elseBlock());
    otherwise();
  }
}

LLVM::LLVMFuncOp Emit::function(StringRef name, ArrayRef<Type> params, llvm::function_ref<void(ValueRange)> body,
                                bool exported) {
  OpBuilder::InsertionGuard guard(*this);
  setInsertionPointToEnd(moduleOp.getBody());
  auto type = LLVM::LLVMFunctionType::get(LLVM::LLVMVoidType::get(getContext()), params);
  auto op = LLVM::LLVMFuncOp::create(*this, name, type,
                                     exported ? LLVM::Linkage::External : LLVM::Linkage::Internal);
  Block *entry = op.addEntryBlock(*this);
  setInsertionPointToStart(entry);
  body(entry->getArguments());
  LLVM::ReturnOp::create(*this, ValueRange{});
  return op;
}
void Emit::call(LLVM::LLVMFuncOp callee, ValueRange args) { LLVM::CallOp::create(*this, callee, args); }
Value Emit::intrinsic(StringRef name, Type result, ValueRange args) {
  return LLVM::CallIntrinsicOp::create(*this, result, getStringAttr(name), args).getResults();
}

Value Emit::field(Value call, Field which) {
  bool isInteger = which == Field::Count || which == Field::Position || which == Field::LogitRows ||
                   which == Field::Threads;
  return load(isInteger ? Type(getI64Type()) : ptr(), at(call, int64_t(which)), 8);
}

void Emit::parallel(StringRef name, Value callBlock, Value n, ValueRange values,
                    llvm::function_ref<void(ValueRange, Value)> body) {
  SmallVector<Type> types(values.getTypes());
  auto task = function(name, {ptr(), getI64Type()}, [&](ValueRange params) {
    SmallVector<Value> unpacked;
    for (auto [i, type] : llvm::enumerate(types))
      unpacked.push_back(load(type, at(params[0], int64_t(8 * i)), 8));
    body(unpacked, params[1]);
  });
  Value block = stackSlot(8 * std::max<int64_t>(1, values.size()), 16);
  for (auto [i, value] : llvm::enumerate(values))
    store(value, at(block, int64_t(8 * i)), 8);
  Value address = LLVM::AddressOfOp::create(*this, ptr(), task.getName());
  auto type = LLVM::LLVMFunctionType::get(LLVM::LLVMVoidType::get(getContext()),
                                          {ptr(), ptr(), ptr(), getI64Type()});
  Value callee = field(callBlock, Field::Parallel);
  Value pool = field(callBlock, Field::Pool);
  LLVM::CallOp::create(*this, type, ValueRange{callee, pool, address, block, n});
}

} // namespace braid::cpu
