// SPDX-License-Identifier: Apache-2.0
/// \file
/// Recognises recurrences: [rows head by head,] recurrence [, rows head by head].
#include "compiler/targets/cpu/RecurrenceAround.h"
#include "compiler/targets/cpu/kernels/Recurrence.h"
#include "dialects/attn/Attn.h"

using namespace mlir;
using namespace braid::graph;
namespace braid::cpu {

int64_t recurrentBytes(RecurrentType type) {
  int64_t key = llvm::alignTo(type.getKey(), 16), value = llvm::alignTo(type.getValue(), 16);
  const int64_t bytes = type.getStorage() == StateStorage::BF16 ? 2 : 4;
  return bytes * type.getHeads() * key * (type.getMatrices() * value + type.getColumns());
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

/// Whether what is computed has all heads: what heads share would be computed for each.
static bool ofAllHeads(const RecurrenceRows &rows, const Recurrence &spec, unsigned states) {
  for (auto [arg, output] : llvm::enumerate(rows.argOutputs))
    if (output >= 0 && spec.argHeads[states + arg] != spec.heads)
      return false;
  return true;
}

std::optional<Kernel> selectRecurrence(func::FuncOp function, const SelectOptions &) {
  Block &body = function.getBody().front();
  auto recurs = body.getOps<RecurOp>();
  if (!llvm::hasSingleElement(recurs))
    return std::nullopt;
  RecurOp recur = *recurs.begin();
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
  spec.isNarrow = state.getStorage() == StateStorage::BF16;
  auto around = recogniseAround(function, recur, spec.heads);
  if (!around || !ofAllHeads(around->rows, spec, variant.getStateCount()))
    return std::nullopt;
  std::shared_ptr<RecurrenceRows> rows;
  if (!around->isEmpty())
    rows = std::make_shared<RecurrenceRows>(around->rows);
  spec.rows = rows.get();

  Kernel kernel;
  kernel.function = function;
  enum class Operand { Tensor, Weight, Computed };
  SmallVector<std::pair<Operand, unsigned>> operands; // and the argument's or the weight group's number
  for (Value input : recur.getInputs()) {
    if (!isa<BlockArgument>(input)) {
      operands.push_back({Operand::Computed, 0});
      continue;
    }
    unsigned argument = cast<BlockArgument>(input).getArgNumber();
    auto weight = dyn_cast<WeightType>(input.getType());
    operands.push_back({weight ? Operand::Weight : Operand::Tensor, weight ? kernel.weights.size() : argument});
    if (weight) {
      int64_t numbers = 1;
      for (int64_t dim : weight.getShape())
        numbers *= dim;
      kernel.weights.push_back({WeightGroup::Form::Plain, {}, {argument}, 4 * numbers});
    }
  }
  SmallVector<std::pair<Operand, unsigned>> ofRows; // likewise; Computed: a state's data
  for (const RowTranslator *part : {&around->before, &around->after}) {
    for (int tensor : part->tensors)
      if (tensor >= 0)
        ofRows.push_back({Operand::Tensor, tensor});
    for (unsigned state : part->states)
      ofRows.push_back({Operand::Computed, state});
    for (const WeightGroup &group : part->weightGroups()) {
      ofRows.push_back({Operand::Weight, kernel.weights.size()});
      kernel.weights.push_back(group);
    }
  }
  unsigned stateArgument = cast<BlockArgument>(recur.getState()).getArgNumber();
  kernel.scratchBytes = [spec, form, rows](int64_t tokens) {
    int64_t most = 0;
    for (StringRef level : {"x86-64-v3", "x86-64-v4", "native"})
      most = std::max(most, spec.scratchBytes(*findIsa(level), tokens));
    return most;
  };
  kernel.define = [spec, form, rows](Emit &emit, const Isa &isa) {
    return llvm::cantFail(emitRecurrence(emit, isa, spec)); // fails for opaque forms alone
  };
  kernel.call = [operands, ofRows, stateArgument](Emit &emit, LLVM::LLVMFuncOp callee, const CallSite &site) {
    SmallVector<Value> values = {site.call, site.rows};
    for (auto [kind, number] : operands)
      values.push_back(kind == Operand::Weight   ? site.weights[number]
                       : kind == Operand::Tensor ? site.arguments[number]
                                                 : LLVM::ZeroOp::create(emit, emit.ptr()).getResult());
    Value data = emit.load(emit.ptr(), site.arguments[stateArgument], 8);
    llvm::append_values(values, data, site.scratch, site.outputs[0]);
    for (auto [kind, number] : ofRows)
      values.push_back(kind == Operand::Weight   ? site.weights[number]
                       : kind == Operand::Tensor ? site.arguments[number]
                                                 : emit.load(emit.ptr(), site.arguments[number], 8));
    emit.call(callee, values);
  };
  return kernel;
}

} // namespace braid::cpu
