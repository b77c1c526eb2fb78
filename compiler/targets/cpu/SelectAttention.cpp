// SPDX-License-Identifier: Apache-2.0
/// \file
/// Recognises softmax attention with its prologue: attend of ([norm,] [rope]) queries and keys.
#include "compiler/targets/cpu/Kernel.h"
#include "compiler/targets/cpu/SoftmaxRegions.h"
#include "compiler/targets/cpu/kernels/Attention.h"

using namespace mlir;
using namespace braid::graph;
namespace braid::cpu {

namespace {

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

} // namespace

std::optional<Kernel> selectAttention(func::FuncOp function, const SelectOptions &options) {
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
  if (!canEmitVariant(variant))
    return std::nullopt;

  Attention spec;
  spec.name = function.getName().str();
  spec.heads = attend.getHeads();
  spec.kvHeads = kv.getHeads();
  spec.headDim = spec.valueDim = kv.getDim();
  spec.scale = attend.getScale().convertToDouble();
  spec.cache = cacheCodes(kv.getStorage());
  spec.rounds = !options.exact;
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
