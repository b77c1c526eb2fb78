// SPDX-License-Identifier: Apache-2.0
/// \file
/// Fusion of what each head, or each group of heads that share it, computes by itself into the recurrence that reads or
/// gives it.
#include "passes/derive/Normal.h"
#include "passes/fuse/Grow.h"

using namespace mlir;
using namespace braid::graph;
namespace braid::fuse {
#define GEN_PASS_DEF_FUSERECURRENCEPASS
#include "passes/fuse/Passes.h.inc"

namespace {

constexpr int64_t kVector = 16;       ///< a head's taps are whole vectors of features
constexpr int64_t kWidestHead = 1024; ///< features of a head whose values all stay in cache

int64_t widthOf(Value value) { return cast<RankedTensorType>(value.getType()).getDimSize(1); }

/// Whether a vector serves heads alike: one for all of them, or as many numbers for each.
bool isCut(WeightType weight, bool tiled, int64_t width, int64_t heads) {
  int64_t count = weight.getShape()[0];
  return tiled ? width / heads % count == 0 : count % heads == 0;
}

/// Whether each of `heads` equal slices of the op's result follows from the same slice of its operands.
bool isOfHeads(Operation *op, int64_t heads) {
  if (!isElementwise(op) && !op->hasTrait<RowLocal>() && !isa<ShortConvOp>(op))
    return false;
  for (Value value : llvm::concat<Value>(SmallVector<Value>(op->getOperands()), SmallVector<Value>(op->getResults()))) {
    bool isTable = isa<RopeOp>(op) && value == cast<RopeOp>(op).getTable();
    if (!isTable && isa<RankedTensorType>(value.getType()) && (widthOf(value) % heads || widthOf(value) / heads > kWidestHead))
      return false;
  }
  int64_t width = widthOf(op->getResult(0));
  return llvm::TypeSwitch<Operation *, bool>(op)
      .Case<L2NormOp, RopeOp, HeadSumOp>([&](auto each) { return int64_t(each.getHeads()) % heads == 0; })
      .Case([&](RmsNormOp each) {
        return int64_t(each.getHeads()) % heads == 0 && isCut(each.getGain().getType(), true, width, heads);
      })
      .Case([&](GainOp each) { return isCut(each.getGain().getType(), each.getTiled(), width, heads); })
      .Case([&](BiasOp each) { return isCut(each.getBias().getType(), each.getTiled(), width, heads); })
      .Case([&](ShortConvOp) { return width / heads % kVector == 0; })
      .Case<LayerNormOp>([](auto) { return false; })
      .Default([](Operation *) { return true; });
}

struct FuseRecurrence : impl::FuseRecurrencePassBase<FuseRecurrence> {
  void runOnOperation() override {
    IRRewriter rewriter(&getContext());
    for (RecurOp op : opsOutsideKernels<RecurOp>(getOperation())) {
      auto variant = SymbolTable::lookupNearestSymbolFrom<attn::RecurrenceOp>(op, op.getVariantAttr());
      if (!variant || derive::normalize(variant).structure == derive::Structure::Opaque) // runs as it is written
        continue;
      llvm::SetVector<Operation *> before, after;
      for (auto &[heads, inputs] : inputsByHeads(op, variant))
        growUpwards(op, heads, inputs, before);
      growDownwards(op, after);
      SmallVector<Operation *> group = {op};
      llvm::append_range(group, before);
      llvm::append_range(group, after);
      if (group.size() > 1)
        formKernel(rewriter, group);
    }
  }

  static int64_t headsOf(RecurOp op) { return op.getState().getType().getHeads(); }

  /// The inputs by how many heads they have: all of them, or one a group of heads that share it. None of groups where
  /// there are groups of two sizes, and none that is read in two ways.
  static std::map<int64_t, llvm::SetVector<Value>> inputsByHeads(RecurOp op, attn::RecurrenceOp variant) {
    llvm::MapVector<Value, int64_t> headsOfInput; // 0: several
    for (auto [index, input] : llvm::enumerate(op.getInputs())) {
      if (!isa<RankedTensorType>(input.getType()))
        continue;
      Type type = variant.getBody().getArgument(variant.getStateCount() + index).getType();
      RecurrentType state = op.getState().getType();
      int64_t width = isa<attn::KeyType>(type) ? state.getKey() : isa<attn::ValueType>(type) ? state.getValue() : 1;
      auto [known, isNew] = headsOfInput.try_emplace(input, widthOf(input) / width);
      if (!isNew && known->second != widthOf(input) / width)
        known->second = 0;
    }
    std::map<int64_t, llvm::SetVector<Value>> inputs;
    for (auto [input, heads] : headsOfInput)
      if (heads)
        inputs[heads].insert(input);
    if (inputs.size() > 1 + inputs.count(headsOf(op)))
      std::erase_if(inputs, [&](const auto &each) { return each.first != headsOf(op); });
    return inputs;
  }

  /// Adds to `group` what only the recurrence and the group read, as far as each of `heads` slices of a row is computed
  /// by itself. `from` are the inputs with so many heads.
  static void growUpwards(RecurOp op, int64_t heads, const llvm::SetVector<Value> &from,
                          llvm::SetVector<Operation *> &group) {
    llvm::SetVector<Operation *> own;
    for (bool grew = true; grew;) {
      grew = false;
      llvm::SetVector<Operation *> next;
      for (Value value : from)
        next.insert(value.getDefiningOp());
      for (Operation *member : own)
        for (Value operand : member->getOperands())
          next.insert(operand.getDefiningOp());
      for (Operation *each : next)
        if (each && each->getBlock() == op->getBlock() && isOfHeads(each, heads) &&
            llvm::all_of(each->getResult(0).getUsers(), [&](Operation *user) {
              return user == op.getOperation() ? from.contains(each->getResult(0)) : own.contains(user);
            }))
          grew |= own.insert(each);
    }
    group.set_union(own);
  }

  /// Adds to `group` the chain of ops behind the result, with what only they read.
  static void growDownwards(RecurOp op, llvm::SetVector<Operation *> &group) {
    Value value = op.getResult();
    while (value.hasOneUse()) {
      Operation *user = *value.user_begin();
      if (user->getBlock() != op->getBlock() || isa<ShortConvOp>(user) || !isOfHeads(user, headsOf(op)))
        return;
      group.insert(user);
      addSources(op, user, value, group);
      value = user->getResult(0);
    }
  }

  static void addSources(RecurOp op, Operation *user, Value chain, llvm::SetVector<Operation *> &group) {
    for (Value operand : user->getOperands()) {
      Operation *source = operand.getDefiningOp();
      if (operand == chain || !source || source->getBlock() != op->getBlock() || !operand.hasOneUse() ||
          isa<ShortConvOp>(source) || !isOfHeads(source, headsOf(op)))
        continue;
      group.insert(source);
      addSources(op, source, chain, group);
    }
  }
};

} // namespace
} // namespace braid::fuse
