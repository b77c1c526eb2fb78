// SPDX-License-Identifier: Apache-2.0
/// \file
/// Recognises softmax attention with its prologue: attend of ([norm,] [rope]) queries and keys.
#include "compiler/targets/cpu/Kernel.h"
#include "compiler/targets/cpu/kernels/Attention.h"
#include "compiler/targets/cpu/kernels/VectorMath.h"
#include "dialects/attn/Attn.h"

#include "mlir/IR/IRMapping.h"

using namespace mlir;
using namespace braid::graph;
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

unsigned indexOf(Value argument) { return cast<BlockArgument>(argument).getArgNumber(); }

/// One of q and k: what its prologue does, and the block argument it starts from.
struct Prologue {
  RopeOp rope;
  RmsNormOp norm;
  Value input;

  explicit Prologue(Value value) {
    if ((rope = value.getDefiningOp<RopeOp>()))
      value = rope.getInput();
    if ((norm = value.getDefiningOp<RmsNormOp>()))
      value = norm.getInput();
    input = value;
  }
  size_t ops() const { return size_t(bool(rope)) + size_t(bool(norm)); }
};

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

} // namespace

std::optional<Kernel> selectAttention(func::FuncOp function, const SelectOptions &) {
  Block &body = function.getBody().front();
  auto attends = llvm::to_vector(body.getOps<AttendOp>());
  if (attends.size() != 1)
    return std::nullopt;
  AttendOp attend = attends.front();
  Prologue query(attend.getQuery()), key(attend.getKey());
  size_t ops = llvm::range_size(body.without_terminator());
  if (ops != 1 + query.ops() + key.ops() || query.ops() != key.ops() || bool(query.rope) != bool(key.rope))
    return std::nullopt;
  for (Value value : {query.input, key.input, Value(attend.getValue()), Value(attend.getState())})
    if (!isa<BlockArgument>(value))
      return std::nullopt;
  KvType kv = attend.getState().getType();
  if (query.rope && (query.rope.getTable() != key.rope.getTable() || !isa<BlockArgument>(query.rope.getTable()) ||
                     query.rope.getInterleaved() != key.rope.getInterleaved() ||
                     int64_t(query.rope.getHeads()) != int64_t(attend.getHeads()) ||
                     int64_t(key.rope.getHeads()) != kv.getHeads()))
    return std::nullopt;
  if (query.norm && (query.norm.getGain().getType().getShape()[0] != kv.getDim() ||
                     key.norm.getGain().getType().getShape()[0] != kv.getDim() ||
                     query.norm.getEpsilon() != key.norm.getEpsilon() ||
                     int64_t(query.norm.getHeads()) != int64_t(attend.getHeads()) ||
                     int64_t(key.norm.getHeads()) != kv.getHeads()))
    return std::nullopt;
  auto variant = SymbolTable::lookupNearestSymbolFrom<attn::SoftmaxOp>(attend, attend.getVariantAttr());
  if (!variant)
    return std::nullopt;
  for (Region &region : variant->getRegions())
    if (!region.empty() && !RegionEmitter::canEmit(region))
      return std::nullopt;

  Attention spec;
  spec.name = function.getName().str();
  spec.heads = attend.getHeads();
  spec.kvHeads = kv.getHeads();
  spec.headDim = spec.valueDim = kv.getDim();
  spec.scale = attend.getScale().convertToDouble();
  spec.cache = cacheCodes(kv);
  spec.window = kv.getWindow();
  if (query.rope) {
    spec.ropeDims = cast<RankedTensorType>(query.rope.getTable().getType()).getDimSize(1);
    spec.interleaved = query.rope.getInterleaved();
  }
  if (query.norm) {
    spec.qkNorm = true;
    spec.epsilon = query.norm.getEpsilon().convertToDouble();
  }
  bindVariant(spec, variant, attend.getParams());

  Kernel kernel;
  kernel.function = function;
  if (query.norm)
    for (RmsNormOp norm : {query.norm, key.norm})
      kernel.weights.push_back({WeightGroup::Form::Plain, {}, {indexOf(norm.getGain())}, kv.getDim() * 4});
  kernel.scratchBytes = [spec](int64_t rows) { return spec.scratchBytes(rows); };
  kernel.define = [spec](Emit &emit, const Isa &isa) { return emitAttention(emit, isa, spec); };
  unsigned q = indexOf(query.input), k = indexOf(key.input), v = indexOf(attend.getValue());
  unsigned state = indexOf(attend.getState());
  int table = query.rope ? int(indexOf(query.rope.getTable())) : -1;
  kernel.call = [=](Emit &emit, LLVM::LLVMFuncOp callee, const CallSite &site) {
    Value unused = LLVM::ZeroOp::create(emit, emit.ptr());
    auto gain = [&](unsigned i) { return site.weights.empty() ? unused : site.weights[i]; };
    emit.call(callee, {site.call, site.rows, site.arguments[q], site.arguments[k], site.arguments[v], gain(0), gain(1),
                       table < 0 ? unused : site.arguments[table], site.arguments[state], site.scratch,
                       site.outputs[0]});
  };
  return kernel;
}

} // namespace braid::cpu
