// SPDX-License-Identifier: Apache-2.0
/// \file
/// Emitting nodes of row programs.
#include "compiler/targets/cpu/kernels/RowCode.h"

#include "compiler/targets/cpu/kernels/VectorMath.h"

using namespace mlir;
namespace braid::cpu {

Value RowCode::quotient(Value a, int64_t b) {
  return b == 1 ? a : arith::DivUIOp::create(e, a, e.constant(a.getType(), b)).getResult();
}
Value RowCode::remainder(Value a, int64_t b) { return arith::RemUIOp::create(e, a, e.constant(a.getType(), b)); }

Value RowCode::contiguous(Value base, Value element) {
  Value address = e.at(base, e.mul(element, e.i64(4)));
  return at.mask ? e.loadMasked(e.vf32(), address, at.mask) : e.load(type(), address, 4);
}

Value RowCode::featureLanes() {
  SmallVector<int32_t> iota(kLanes);
  std::iota(iota.begin(), iota.end(), 0);
  Value first = arith::TruncIOp::create(e, e.getI32Type(), at.feature);
  return e.add(arith::ConstantOp::create(e, e.getI32VectorAttr(iota)), e.splat(first));
}

Value RowCode::gather(Value base, Value lanes) {
  Value wide = arith::ExtUIOp::create(e, e.vec(e.getI64Type()), lanes);
  Type pointers = VectorType::get({kLanes}, e.ptr());
  Value addresses = LLVM::GEPOp::create(e, pointers, e.getF32Type(), base, ArrayRef<LLVM::GEPArg>{wide});
  Value mask = at.mask ? at.mask : e.constant(e.vec(e.getI1Type()), int64_t(1));
  return LLVM::masked_gather::create(e, e.vf32(), addresses, mask, ValueRange{e.constant(e.vf32(), 0.0)},
                                     e.getI32IntegerAttr(4));
}

Value RowCode::spread(Value base, int64_t repeats) {
  if (repeats == 1)
    return contiguous(base, at.feature);
  if (!isInOneGroup(repeats))
    return gather(base, quotient(featureLanes(), repeats));
  Value one = number(base, repeats == headWidth() ? at.head : quotient(at.feature, repeats));
  return loop.isScalar ? one : e.splat(one);
}

Value RowCode::weight(const RowNode &node) {
  Value base = memory.weights[node.index];
  const int64_t count = program.weights[node.index].count;
  if (!node.tiled || count == 1)
    return spread(base, node.width / count);
  if (!isInOneGroup(count))
    return gather(base, remainder(featureLanes(), count));
  return contiguous(base, count == headWidth() ? at.inHead : remainder(at.feature, count));
}

Value RowCode::tap(const RowNode &node) {
  Value base = memory.weights[node.index];
  const int64_t taps = program.weights[node.index].taps;
  if (!loop.isScalar && (loop.heads == 1 || headWidth() % kLanes == 0)) // a panel holds the lanes
    return e.load(e.vf32(), e.at(e.at(base, e.mul(at.feature, e.i64(4 * taps))), 4 * kLanes * node.number), 4);
  Value feature = loop.isScalar ? at.feature : featureLanes();
  auto constant = [&](int64_t v) { return e.constant(feature.getType(), v); };
  Value line = e.add(e.mul(quotient(feature, kLanes), constant(taps)), constant(node.number));
  Value element = e.add(e.mul(line, constant(kLanes)), remainder(feature, kLanes));
  return loop.isScalar ? number(base, element) : gather(base, element);
}

Value RowCode::homeOf(RowId id) {
  const RowPlan::Place &place = plan.places[id];
  return place.output >= 0 ? memory.outputs[place.output] : e.at(memory.scratch, place.offset);
}

Value RowCode::get(RowId id) {
  Value &value = known[id];
  if (value)
    return value;
  Value result = plan.isInMemory(id, loop.level) ? contiguous(homeOf(id), at.feature) : compute(id);
  return known[id] = result; // `value` is gone: operands were added
}

Value RowCode::compute(RowId id) {
  const RowNode &node = program.nodes[id];
  auto operand = [&](unsigned i) { return get(node.operands[i]); };
  auto sourceOf = [&](RowId x) {
    return program.nodes[x].op == RowOp::Input ? memory.inputs[program.nodes[x].index] : homeOf(x);
  };
  switch (node.op) {
  case RowOp::Input: return contiguous(memory.inputs[node.index], at.feature);
  case RowOp::Earlier: return contiguous(memory.earlier.at({node.state, node.number}), at.feature);
  case RowOp::Tap: return tap(node);
  case RowOp::Weight: return weight(node);
  case RowOp::Constant: return e.constant(type(), node.value);
  case RowOp::Add: return e.add(operand(0), operand(1));
  case RowOp::Sub: return e.sub(operand(0), operand(1));
  case RowOp::Mul: return e.mul(operand(0), operand(1));
  case RowOp::Div: return e.div(operand(0), operand(1));
  case RowOp::Max: return arith::MaximumFOp::create(e, operand(0), operand(1));
  case RowOp::Min: return arith::MinimumFOp::create(e, operand(0), operand(1));
  case RowOp::Neg: return arith::NegFOp::create(e, operand(0));
  case RowOp::Abs: return math::AbsFOp::create(e, operand(0));
  case RowOp::Sqrt: return math::SqrtOp::create(e, operand(0));
  case RowOp::Rsqrt: return emitRsqrt(e, operand(0));
  case RowOp::Log: return emitLog(e, operand(0));
  case RowOp::Function: return emitNonlinearity(e, node.function, operand(0));
  case RowOp::Spread: {
    RowId source = node.operands[0];
    return spread(sourceOf(source), node.width / program.nodes[source].width);
  }
  case RowOp::Rope: return rope(node);
  case RowOp::Reduce: break; // lies in memory wherever it is read
  }
  llvm_unreachable("a sum is stored by its loop");
}

void RowCode::store(RowId id) {
  Value value = get(id);
  auto write = [&](Value base) {
    Value address = e.at(base, e.mul(at.feature, e.i64(4)));
    at.mask ? e.storeMasked(value, address, at.mask) : e.store(value, address, 4);
  };
  if (plan.places[id].isStored && plan.places[id].output < 0)
    write(homeOf(id));
  for (auto [i, output] : llvm::enumerate(program.outputs))
    if (output == id)
      write(memory.outputs[i]);
}

} // namespace braid::cpu
