// SPDX-License-Identifier: Apache-2.0
/// \file
/// Recognises softmax attention over latent rows.
#include "compiler/targets/cpu/Kernel.h"
#include "compiler/targets/cpu/SoftmaxRegions.h"
#include "compiler/targets/cpu/kernels/LatentAttention.h"

using namespace mlir;
using namespace braid::graph;
namespace braid::cpu {

static unsigned indexOf(Value argument) { return cast<BlockArgument>(argument).getArgNumber(); }

int64_t latentRowBytes(LatentType type) {
  LatentAttention spec;
  spec.rank = type.getRank();
  spec.rope = type.getRope();
  spec.variant.cache = cacheCodes(type.getStorage());
  return spec.rowBytes();
}

std::optional<Kernel> selectLatentAttention(func::FuncOp function, const SelectOptions &) {
  Block &body = function.getBody().front();
  auto op = dyn_cast<LatentAttendOp>(body.front());
  if (!op || llvm::range_size(body.without_terminator()) != 1)
    return std::nullopt;
  auto variant = SymbolTable::lookupNearestSymbolFrom<attn::SoftmaxOp>(op, op.getVariantAttr());
  if (!variant || !canEmitVariant(variant))
    return std::nullopt;
  LatentType state = op.getState().getType();
  WeightType values = op.getWUv().getType();

  LatentAttention spec;
  spec.name = function.getName().str();
  spec.heads = op.getHeads();
  spec.nope = op.getWUk().getType().getShape()[1];
  spec.value = values.getShape()[1];
  spec.rank = state.getRank();
  spec.rope = state.getRope();
  spec.scale = op.getScale().convertToDouble();
  spec.valueLayout = packedLayout(values.getStorage(), spec.rank);
  spec.variant.cache = cacheCodes(state.getStorage());
  bindVariant(spec.variant, variant, op.getParams());

  Kernel kernel;
  kernel.function = function;
  kernel.weights.push_back({WeightGroup::Form::Plain, {}, {indexOf(op.getWUk())}, spec.keyWeightBytes()});
  kernel.weights.push_back({WeightGroup::Form::Panels, spec.valueLayout, {indexOf(op.getWUv())},
                            spec.heads * spec.valueLayout.bytes(spec.value)});
  kernel.scratchBytes = [spec](int64_t rows) { return spec.scratchBytes(rows); };
  kernel.define = [spec](Emit &emit, const Isa &isa) { return emitLatentAttention(emit, isa, spec); };
  SmallVector<unsigned> places;
  for (Value value : {op.getQNope(), op.getQRope(), op.getLatent(), op.getKRope()})
    places.push_back(indexOf(value));
  unsigned rows = indexOf(op.getState());
  kernel.call = [=](Emit &emit, LLVM::LLVMFuncOp callee, const CallSite &site) {
    SmallVector<Value> operands = {site.call, site.rows};
    for (unsigned place : places)
      operands.push_back(site.arguments[place]);
    operands.append({site.weights[0], site.weights[1], site.arguments[rows], site.scratch, site.outputs[0]});
    emit.call(callee, operands);
  };
  return kernel;
}

} // namespace braid::cpu
