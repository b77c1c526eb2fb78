// SPDX-License-Identifier: Apache-2.0
/// \file
/// What a recurrence's kernel computes before and after it.
#include "compiler/targets/cpu/RecurrenceAround.h"

#include "mlir/Analysis/SliceAnalysis.h"

using namespace mlir;
using namespace braid::graph;
namespace braid::cpu {

/// Sorts the other ops by whether the recurrence depends on them; fails where one of those is needed after it, too.
static bool sortOps(RecurOp recur, SmallVectorImpl<Operation *> &before, SmallVectorImpl<Operation *> &after) {
  llvm::SetVector<Operation *> needed;
  if (failed(getBackwardSlice(recur.getOperation(), &needed)))
    return false;
  for (Operation &op : recur->getBlock()->without_terminator()) {
    if (&op == recur.getOperation())
      continue;
    (needed.contains(&op) ? before : after).push_back(&op);
  }
  return llvm::all_of(after, [&](Operation *op) {
    return llvm::none_of(op->getOperands(), [&](Value operand) { return needed.contains(operand.getDefiningOp()); });
  });
}

std::optional<RecurrenceAround> recogniseAround(func::FuncOp function, RecurOp recur, ArrayRef<int64_t> inputHeads) {
  RecurrenceAround around;
  around.rows.heads = around.rows.groups = recur.getState().getType().getHeads();
  SmallVector<Operation *> before, after;
  SmallVector<Value> results;
  for (Value result : function.getBody().front().getTerminator()->getOperands())
    if (isa<RankedTensorType>(result.getType()))
      results.push_back(result);
  if (results.size() != 1 || !sortOps(recur, before, after))
    return std::nullopt;

  if (!around.before.translateAll(before))
    return std::nullopt;
  SmallVector<Value> outputs;
  for (auto [input, heads] : llvm::zip(recur.getInputs(), inputHeads)) {
    if (isa<BlockArgument>(input)) {
      around.rows.argOutputs.push_back(-1);
      continue;
    }
    auto known = llvm::find(outputs, input);
    around.rows.argOutputs.push_back(known - outputs.begin());
    if (known != outputs.end() && around.rows.outputHeads[known - outputs.begin()] != heads)
      return std::nullopt;
    if (known != outputs.end())
      continue;
    outputs.push_back(input);
    around.rows.outputHeads.push_back(heads);
    around.before.addOutput(input);
  }
  for (int64_t heads : around.rows.outputHeads) {
    if (heads == around.rows.heads)
      continue;
    if (around.rows.groups != around.rows.heads && around.rows.groups != heads)
      return std::nullopt;
    around.rows.groups = heads;
  }
  if (!before.empty()) {
    if (!around.before.isComplete())
      return std::nullopt;
    around.rows.before = around.before.program;
    around.rows.before->name = function.getName().str() + ".arguments";
  }
  if (results[0] != recur.getResult()) {
    if (!around.after.addInput(recur.getResult()) || !around.after.translateAll(after))
      return std::nullopt;
    around.after.addOutput(results[0]);
    if (!around.after.isComplete() || around.after.program.components().size() != 1)
      return std::nullopt;
    around.rows.after = around.after.program;
    around.rows.after->name = function.getName().str() + ".result";
  } else if (!after.empty()) {
    return std::nullopt;
  }
  if (!around.rows.problem().empty())
    return std::nullopt;
  return around;
}

} // namespace braid::cpu
