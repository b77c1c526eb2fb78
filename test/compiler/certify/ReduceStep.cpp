// SPDX-License-Identifier: Apache-2.0
/// \file
/// Drops one operation at a time, from the end, until none can be missed.
#include "ReduceStep.h"

#include "mlir/IR/Verifier.h"

using namespace mlir;
using namespace braid;

namespace {

attn::RecurrenceOp stepOf(ModuleOp module) { return *module.getOps<attn::RecurrenceOp>().begin(); }

SmallVector<Operation *> opsOf(ModuleOp module) {
  return llvm::map_to_vector(stepOf(module).getBody().front().without_terminator(), [](Operation &op) { return &op; });
}

void dropUnused(ModuleOp module) {
  SmallVector<Operation *> ops = opsOf(module);
  for (Operation *op : llvm::reverse(ops))
    if (op->use_empty())
      op->erase();
}

/// What may stand for the result of `op`: its own operands first, then the arguments.
SmallVector<Value> standIns(Operation *op) {
  SmallVector<Value> values(op->getOperands());
  llvm::append_range(values, op->getBlock()->getArguments());
  llvm::erase_if(values, [&](Value value) { return value.getType() != op->getResult(0).getType(); });
  return values;
}

/// The module without operation `index`, with stand-in `choice` for it; nothing when there is no such one.
OwningOpRef<ModuleOp> without(ModuleOp module, size_t index, size_t choice) {
  OwningOpRef<ModuleOp> copy(cast<ModuleOp>(module->clone()));
  Operation *op = opsOf(*copy)[index];
  SmallVector<Value> values = standIns(op);
  if (choice >= values.size())
    return nullptr;
  op->getResult(0).replaceAllUsesWith(values[choice]);
  op->erase();
  dropUnused(*copy);
  return copy;
}

} // namespace

OwningOpRef<ModuleOp> reduceStep(ModuleOp module, llvm::function_ref<bool(attn::RecurrenceOp)> fails) {
  OwningOpRef<ModuleOp> best(cast<ModuleOp>(module->clone()));
  auto tryOne = [&] {
    for (size_t index = opsOf(*best).size(); index-- > 0;)
      for (size_t choice = 0;; ++choice) {
        OwningOpRef<ModuleOp> smaller = without(*best, index, choice);
        if (!smaller)
          break;
        if (succeeded(verify(*smaller)) && fails(stepOf(*smaller))) {
          best = std::move(smaller);
          return true;
        }
      }
    return false;
  };
  while (tryOne()) {
  }
  return best;
}
