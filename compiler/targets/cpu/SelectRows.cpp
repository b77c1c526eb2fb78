// SPDX-License-Identifier: Apache-2.0
/// \file
/// Recognises kernels of row-local ops alone.
#include "compiler/targets/cpu/RowTranslator.h"
#include "compiler/targets/cpu/kernels/Rows.h"

using namespace mlir;
using namespace braid::graph;
namespace braid::cpu {

/// The whole body as one program; nothing where an op is none of a row program.
static std::optional<RowTranslator> translateBody(func::FuncOp function) {
  RowTranslator translator;
  for (BlockArgument argument : function.getArguments())
    if (!translator.addArgument(argument))
      return std::nullopt;
  Block &body = function.getBody().front();
  for (Operation &op : body.without_terminator())
    if (!translator.translate(op))
      return std::nullopt;
  for (Value result : body.getTerminator()->getOperands())
    if (isa<RankedTensorType>(result.getType()))
      translator.addOutput(result);
  if (!translator.isComplete())
    return std::nullopt;
  return translator;
}

std::optional<Kernel> selectRows(func::FuncOp function, const SelectOptions &) {
  std::optional<RowTranslator> translator = translateBody(function);
  if (!translator)
    return std::nullopt;
  RowProgram program = translator->program;
  program.name = function.getName().str();
  Kernel kernel;
  kernel.function = function;
  kernel.weights = translator->weightGroups();
  int64_t scratch = rowScratchBytes(program);
  kernel.scratchBytes = [scratch](int64_t) { return scratch; };
  kernel.define = [program](Emit &emit, const Isa &) { return emitRows(emit, program); };
  kernel.call = [tensors = translator->tensors, states = translator->states](Emit &emit, LLVM::LLVMFuncOp callee,
                                                                           const CallSite &site) {
    SmallVector<Value> operands = {site.call, site.rows, site.scratch};
    for (int tensor : tensors)
      operands.push_back(site.arguments[tensor]);
    for (unsigned state : states)
      operands.push_back(emit.load(emit.ptr(), site.arguments[state], 8));
    llvm::append_range(operands, site.weights);
    llvm::append_range(operands, site.outputs);
    emit.call(callee, operands);
  };
  return kernel;
}

} // namespace braid::cpu
