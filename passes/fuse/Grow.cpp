// SPDX-License-Identifier: Apache-2.0
/// \file
/// Forms kernels.
#include "passes/fuse/Grow.h"

#include "mlir/Analysis/TopologicalSortUtils.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/Transforms/RegionUtils.h"

using namespace mlir;
using namespace braid::graph;
namespace braid::fuse {

/// Whether a path leaves the group and comes back to it. A use inside of a region is one of the op that holds it.
static bool wouldMakeCycle(const llvm::SetVector<Operation *> &group) {
  Block *block = group.front()->getBlock();
  SmallVector<Operation *> work;
  llvm::DenseSet<Operation *> seen;
  auto pushUsers = [&](Operation *op) {
    for (Operation *use : op->getUsers()) {
      Operation *user = block->findAncestorOpInBlock(*use);
      if (user && !group.contains(user) && seen.insert(user).second)
        work.push_back(user);
    }
  };
  for (Operation *op : group)
    pushUsers(op);
  while (!work.empty()) {
    Operation *op = work.pop_back_val();
    if (llvm::any_of(op->getUsers(), [&](Operation *use) { return group.contains(block->findAncestorOpInBlock(*use)); }))
      return true;
    pushUsers(op);
  }
  return false;
}

KernelOp formKernel(RewriterBase &rewriter, ArrayRef<Operation *> ops) {
  llvm::SetVector<Operation *> group(ops.begin(), ops.end());
  Block *block = group.front()->getBlock();
  if (llvm::any_of(group, [&](Operation *op) { return op->getBlock() != block; }) || wouldMakeCycle(group))
    return nullptr;
  SmallVector<Operation *> sorted = group.takeVector();
  llvm::sort(sorted, [](Operation *a, Operation *b) { return a->isBeforeInBlock(b); });
  llvm::DenseSet<Operation *> inside(sorted.begin(), sorted.end());

  auto isOutside = [&](Operation *use) { return !inside.contains(block->findAncestorOpInBlock(*use)); };

  llvm::SetVector<Value> inputs, results;
  for (Operation *op : sorted) {
    SetVector<Value> operands(op->operand_begin(), op->operand_end());
    getUsedValuesDefinedAbove(op->getRegions(), operands);
    for (Value operand : operands)
      if (!inside.contains(operand.getDefiningOp()))
        inputs.insert(operand);
    for (Value result : op->getResults())
      if (llvm::any_of(result.getUsers(), isOutside))
        results.insert(result);
  }

  SmallVector<Location> locations;
  for (Operation *op : sorted)
    locations.push_back(op->getLoc());
  Location location = rewriter.getFusedLoc(locations);
  rewriter.setInsertionPointAfter(sorted.back());
  SmallVector<Type> types(ValueRange(results.getArrayRef()).getTypes());
  auto kernel = KernelOp::create(rewriter, location, types, inputs.getArrayRef());
  Block *body = rewriter.createBlock(&kernel.getBody(), {}, ValueRange(inputs.getArrayRef()).getTypes(),
                                     SmallVector<Location>(inputs.size(), location));
  IRMapping map;
  map.map(inputs.getArrayRef(), body->getArguments());
  for (Operation *op : sorted) {
    auto inner = dyn_cast<KernelOp>(op);
    if (!inner) {
      rewriter.clone(*op, map);
      continue;
    }
    for (auto [argument, input] : llvm::zip(inner.getBody().getArguments(), inner.getInputs()))
      map.map(argument, map.lookup(input));
    for (Operation &nested : inner.getBody().front().without_terminator())
      rewriter.clone(nested, map);
    for (auto [result, value] : llvm::zip(inner.getResults(), inner.getBody().front().getTerminator()->getOperands()))
      map.map(result, map.lookup(value));
  }
  SmallVector<Value> yielded;
  for (Value result : results)
    yielded.push_back(map.lookup(result));
  YieldOp::create(rewriter, location, yielded);

  for (auto [result, replacement] : llvm::zip(results, kernel.getResults()))
    rewriter.replaceUsesWithIf(result, replacement, [&](OpOperand &use) { return isOutside(use.getOwner()); });
  for (Operation *op : llvm::reverse(sorted))
    rewriter.eraseOp(op);
  sortTopologically(block);
  return kernel;
}

Operation *definingOpInKernel(Value value) {
  auto kernel = value.getDefiningOp<KernelOp>();
  if (!kernel)
    return nullptr;
  return kernel.getBody().front().getTerminator()->getOperand(cast<OpResult>(value).getResultNumber()).getDefiningOp();
}

} // namespace braid::fuse
