// SPDX-License-Identifier: Apache-2.0
/// \file
/// Recognises recurrences.
#include "compiler/targets/cpu/Kernel.h"
#include "compiler/targets/cpu/kernels/Recurrence.h"
#include "dialects/attn/Attn.h"

using namespace mlir;
using namespace braid::graph;
namespace braid::cpu {

int64_t recurrentBytes(RecurrentType type) {
  int64_t key = llvm::alignTo(type.getKey(), 16), value = llvm::alignTo(type.getValue(), 16);
  return 4 * type.getHeads() * key * (type.getMatrices() * value + type.getColumns());
}

/// Heads of each argument of the variant, as the inputs give them.
static SmallVector<int64_t> argHeads(RecurOp op, attn::RecurrenceOp variant) {
  RecurrentType state = op.getState().getType();
  SmallVector<int64_t> heads(variant.getStateCount(), state.getHeads());
  for (Value input : op.getInputs()) {
    int64_t size = 1;
    ArrayRef<int64_t> shape = isa<WeightType>(input.getType()) ? cast<WeightType>(input.getType()).getShape()
                                                               : cast<RankedTensorType>(input.getType()).getShape().drop_front();
    for (int64_t dim : shape)
      size *= dim;
    Type type = variant.getBody().getArgument(heads.size()).getType();
    int64_t width = isa<attn::KeyType>(type) ? state.getKey() : isa<attn::ValueType>(type) ? state.getValue() : 1;
    heads.push_back(size / width);
  }
  return heads;
}

std::optional<Kernel> selectRecurrence(func::FuncOp function, const SelectOptions &) {
  Block &body = function.getBody().front();
  if (body.getOperations().size() != 2)
    return std::nullopt;
  auto recur = dyn_cast<RecurOp>(body.front());
  if (!recur)
    return std::nullopt;
  auto variant = SymbolTable::lookupNearestSymbolFrom<attn::RecurrenceOp>(recur, recur.getVariantAttr());
  auto form = std::make_shared<derive::NormalForm>(derive::normalize(variant));
  if (form->structure == derive::Structure::Opaque)
    return std::nullopt;

  RecurrentType state = recur.getState().getType();
  Recurrence spec;
  spec.name = function.getName().str();
  spec.form = form.get();
  spec.keyDim = state.getKey();
  spec.valueDim = state.getValue();
  spec.heads = state.getHeads();
  spec.argHeads = argHeads(recur, variant);
  spec.tiled = recur.getTiled();

  Kernel kernel;
  kernel.function = function;
  SmallVector<std::pair<bool, unsigned>> operands; // whether a weight group, and its number or the argument's
  for (Value input : recur.getInputs()) {
    unsigned argument = cast<BlockArgument>(input).getArgNumber();
    auto weight = dyn_cast<WeightType>(input.getType());
    operands.push_back({bool(weight), weight ? kernel.weights.size() : argument});
    if (weight) {
      int64_t numbers = 1;
      for (int64_t dim : weight.getShape())
        numbers *= dim;
      kernel.weights.push_back({WeightGroup::Form::Plain, {}, {argument}, 4 * numbers});
    }
  }
  unsigned stateArgument = cast<BlockArgument>(recur.getState()).getArgNumber();
  kernel.scratchBytes = [spec, form](int64_t rows) {
    int64_t most = 0;
    for (StringRef level : {"x86-64-v3", "x86-64-v4", "native"})
      most = std::max(most, spec.scratchBytes(*findIsa(level), rows));
    return most;
  };
  kernel.define = [spec, form](Emit &emit, const Isa &isa) {
    return llvm::cantFail(emitRecurrence(emit, isa, spec)); // fails for opaque forms alone
  };
  kernel.call = [operands, stateArgument](Emit &emit, LLVM::LLVMFuncOp callee, const CallSite &site) {
    SmallVector<Value> values = {site.call, site.rows};
    for (auto [isWeight, number] : operands)
      values.push_back(isWeight ? site.weights[number] : site.arguments[number]);
    Value data = emit.load(emit.ptr(), site.arguments[stateArgument], 8);
    llvm::append_values(values, data, site.scratch, site.outputs[0]);
    emit.call(callee, values);
  };
  return kernel;
}

} // namespace braid::cpu
