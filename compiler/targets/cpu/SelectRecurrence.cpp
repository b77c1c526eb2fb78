// SPDX-License-Identifier: Apache-2.0
/// \file
/// Recognises recurrences: [rows of heads or groups of them,] recurrence [, rows of heads].
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
    auto weight = dyn_cast<WeightType>(input.getType());
    const int64_t size = llvm::product_of(weight ? weight.getShape()
                                                 : cast<RankedTensorType>(input.getType()).getShape().drop_front());
    Type type = variant.getBody().getArgument(heads.size()).getType();
    int64_t width = isa<attn::KeyType>(type) ? state.getKey() : isa<attn::ValueType>(type) ? state.getValue() : 1;
    heads.push_back(size / width);
  }
  return heads;
}

namespace {
/// Where an operand of the kernel comes from.
struct Source {
  enum Kind { None, Argument, State, Weight, Scratch, Output } kind;
  unsigned number = 0; ///< of the function's argument, or of the weight group

  Value at(Emit &emit, const CallSite &site) const {
    switch (kind) {
    case None: return LLVM::ZeroOp::create(emit, emit.ptr());
    case Argument: return site.arguments[number];
    case State: return emit.load(emit.ptr(), site.arguments[number], 8); // its data
    case Weight: return site.weights[number];
    case Scratch: return site.scratch;
    case Output: return site.outputs[0];
    }
    llvm_unreachable("all kinds are above");
  }
};
} // namespace

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
  auto around = recogniseAround(function, recur, ArrayRef(spec.argHeads).drop_front(variant.getStateCount()));
  if (!around)
    return std::nullopt;
  std::shared_ptr<RecurrenceRows> rows;
  if (!around->isEmpty())
    rows = std::make_shared<RecurrenceRows>(around->rows);
  spec.rows = rows.get();

  Kernel kernel;
  kernel.function = function;
  SmallVector<Source> operands;
  auto addWeights = [&](const WeightGroup &group) {
    operands.push_back({Source::Weight, unsigned(kernel.weights.size())});
    kernel.weights.push_back(group);
  };
  for (Value input : recur.getInputs()) {
    auto argument = dyn_cast<BlockArgument>(input);
    if (!argument)
      operands.push_back({Source::None}); // computed in the kernel
    else if (auto weight = dyn_cast<WeightType>(input.getType()))
      addWeights({WeightGroup::Form::Plain, {}, {argument.getArgNumber()}, 4 * llvm::product_of(weight.getShape())});
    else
      operands.push_back({Source::Argument, argument.getArgNumber()});
  }
  operands.push_back({Source::State, cast<BlockArgument>(recur.getState()).getArgNumber()});
  operands.append({{Source::Scratch}, {Source::Output}});
  for (const RowTranslator *part : {&around->before, &around->after}) {
    for (int tensor : part->tensors)
      if (tensor >= 0)
        operands.push_back({Source::Argument, unsigned(tensor)});
    for (unsigned state : part->states)
      operands.push_back({Source::State, state});
    for (const WeightGroup &group : part->weightGroups())
      addWeights(group);
  }
  kernel.scratchBytes = [spec, form, rows](int64_t tokens) {
    int64_t most = 0;
    for (StringRef level : {"x86-64-v3", "x86-64-v4", "native"})
      most = std::max(most, spec.scratchBytes(*findIsa(level), tokens));
    return most;
  };
  kernel.define = [spec, form, rows](Emit &emit, const Isa &isa) {
    return llvm::cantFail(emitRecurrence(emit, isa, spec)); // fails for opaque forms alone
  };
  kernel.call = [operands](Emit &emit, LLVM::LLVMFuncOp callee, const CallSite &site) {
    SmallVector<Value> values = {site.call, site.rows};
    for (const Source &source : operands)
      values.push_back(source.at(emit, site));
    emit.call(callee, values);
  };
  return kernel;
}

} // namespace braid::cpu
