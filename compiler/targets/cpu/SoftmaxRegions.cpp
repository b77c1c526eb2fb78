// SPDX-License-Identifier: Apache-2.0
/// \file
/// Regions of attn.softmax variants as vector code.
#include "compiler/targets/cpu/SoftmaxRegions.h"

#include "compiler/targets/cpu/kernels/VectorMath.h"

#include "mlir/IR/IRMapping.h"

using namespace mlir;
namespace braid::cpu {

namespace {

/// Emits a region of a variant on vectors of 16 keys: ops of the region are elementwise, so each becomes the same op on
/// vectors where an operand is one. index becomes i64.
class RegionEmitter {
public:
  RegionEmitter(Emit &emit, Region &region, ArrayRef<int64_t> params, ArrayRef<Value> args) : emit(emit) {
    for (auto [i, param] : llvm::enumerate(params))
      map.map(region.getArgument(i), emit.i64(param));
    for (auto [i, arg] : llvm::enumerate(args))
      map.map(region.getArgument(params.size() + i), arg);
    for (Operation &op : region.front().without_terminator())
      visit(op);
  }
  Value result(Region &region, unsigned index) { return map.lookup(region.front().back().getOperand(index)); }

  /// The math that has a polynomial here; the rest is arith.
  static bool canEmit(Region &region) {
    for (Operation &op : region.front().without_terminator())
      if (op.getNumResults() != 1 || op.getNumRegions() ||
          !(isa<arith::ArithDialect>(op.getDialect()) || isa<math::ExpOp, math::TanhOp, math::SqrtOp, math::AbsFOp>(op)))
        return false;
    return true;
  }

private:
  Type convert(Type type, bool isVector) {
    Type scalar = type.isIndex() ? Type(emit.getI64Type()) : type;
    return isVector ? Type(emit.vec(scalar)) : scalar;
  }

  void visit(Operation &op) {
    Type type = op.getResult(0).getType();
    if (auto constant = dyn_cast<arith::ConstantOp>(op)) {
      Attribute value = constant.getValue();
      map.map(constant, type.isIndex() ? emit.i64(cast<IntegerAttr>(value).getInt())
                                       : arith::ConstantOp::create(emit, cast<TypedAttr>(value)).getResult());
      return;
    }
    SmallVector<Value> operands = llvm::map_to_vector(op.getOperands(), [&](Value v) { return map.lookup(v); });
    bool isVector = llvm::any_of(operands, [](Value v) { return isa<VectorType>(v.getType()); });
    if (isVector)
      for (Value &operand : operands)
        if (!isa<VectorType>(operand.getType()))
          operand = emit.splat(operand);
    if (isa<arith::IndexCastOp>(op) && operands[0].getType() == convert(type, isVector)) {
      map.map(op.getResult(0), operands[0]);
      return;
    }
    Value result;
    if (isa<math::ExpOp>(op) && isVector)
      result = emitExp(emit, operands[0]);
    else if (isa<math::TanhOp>(op) && isVector)
      result = emitTanh(emit, operands[0]);
    else if (isa<arith::IndexCastOp>(op))
      result = castInteger(operands[0], convert(type, isVector));
    else {
      OperationState state(op.getLoc(), op.getName(), operands, convert(type, isVector), op.getAttrs());
      result = emit.create(state)->getResult(0);
    }
    map.map(op.getResult(0), result);
  }

  Value castInteger(Value value, Type type) {
    unsigned from = getElementTypeOrSelf(value.getType()).getIntOrFloatBitWidth();
    unsigned to = getElementTypeOrSelf(type).getIntOrFloatBitWidth();
    if (from < to)
      return arith::ExtSIOp::create(emit, type, value);
    return arith::TruncIOp::create(emit, type, value);
  }

  Emit &emit;
  IRMapping map;
};

} // namespace

bool canEmitVariant(attn::SoftmaxOp variant) {
  return llvm::all_of(variant->getRegions(),
                      [](Region &region) { return region.empty() || RegionEmitter::canEmit(region); });
}

void bindVariant(Attention &spec, attn::SoftmaxOp variant, ArrayRef<int64_t> params) {
  SmallVector<int64_t> values(params);
  if (!variant.getScore().empty()) {
    Region *region = &variant.getScore();
    spec.score = [=](Emit &emit, Value score, Value head, Value query, Value keys) {
      return RegionEmitter(emit, *region, values, {score, head, query, keys}).result(*region, 0);
    };
  }
  if (!variant.getMask().empty()) {
    Region *region = &variant.getMask();
    spec.mask = [=](Emit &emit, Value head, Value query, Value keys) {
      Value seen = RegionEmitter(emit, *region, values, {head, query, keys}).result(*region, 0);
      return isa<VectorType>(seen.getType()) ? seen : emit.splat(seen);
    };
  }
  if (!variant.getBlock().empty()) {
    Region *region = &variant.getBlock();
    spec.block = [=](Emit &emit, Value head, Value q0, Value q1, Value k0, Value k1) {
      RegionEmitter regions(emit, *region, values, {head, q0, q1, k0, k1});
      return std::pair(regions.result(*region, 0), regions.result(*region, 1));
    };
  }
}

} // namespace braid::cpu
