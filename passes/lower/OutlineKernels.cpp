// SPDX-License-Identifier: Apache-2.0
/// \file
/// Kernels become functions.
#include "passes/lower/Passes.h"

#include "mlir/IR/IRMapping.h"

using namespace mlir;
namespace braid::lower {
#define GEN_PASS_DEF_OUTLINEKERNELSPASS
#include "passes/lower/Passes.h.inc"

namespace {

/// "rms_norm_linear_linear_linear"; repeated ops are counted: "rms_norm_linear3".
std::string describe(graph::KernelOp kernel) {
  SmallVector<std::pair<StringRef, int>> ops;
  for (Operation &op : kernel.getBody().front().without_terminator()) {
    StringRef name = op.getName().stripDialect();
    if (!ops.empty() && ops.back().first == name)
      ++ops.back().second;
    else
      ops.push_back({name, 1});
  }
  std::string text;
  for (auto [name, count] : ops)
    text += (text.empty() ? "" : "_") + name.str() + (count > 1 ? std::to_string(count) : "");
  return text.empty() ? "copy" : text;
}

struct OutlineKernels : impl::OutlineKernelsPassBase<OutlineKernels> {
  void runOnOperation() override {
    ModuleOp module = getOperation();
    SymbolTable symbols(module);
    SmallVector<graph::KernelOp> kernels;
    module.walk([&](graph::KernelOp kernel) { kernels.push_back(kernel); });
    llvm::StringMap<func::FuncOp> byText;
    OpBuilder builder(&getContext());
    for (graph::KernelOp kernel : kernels) {
      func::FuncOp &function = byText[textOf(kernel)];
      if (!function)
        function = outline(kernel, symbols);
      builder.setInsertionPoint(kernel);
      auto call = func::CallOp::create(builder, kernel.getLoc(), function, kernel.getInputs());
      kernel.replaceAllUsesWith(call.getResults());
      kernel.erase();
    }
  }

  /// The kernel printed alone, operands left out: equal texts compute the same function.
  static std::string textOf(graph::KernelOp kernel) {
    std::string text;
    llvm::raw_string_ostream stream(text);
    kernel->getName().print(stream);
    stream << TypeRange(kernel.getInputs().getTypes()) << TypeRange(kernel.getResultTypes());
    llvm::DenseMap<Value, int> numbers;
    for (BlockArgument argument : kernel.getBody().getArguments())
      numbers.try_emplace(argument, numbers.size());
    for (Operation &op : kernel.getBody().front()) {
      stream << op.getName() << op.getAttrDictionary();
      for (Value operand : op.getOperands())
        stream << ' ' << numbers.lookup(operand);
      stream << op.getResultTypes();
      for (Value result : op.getResults())
        numbers.try_emplace(result, numbers.size());
    }
    return text;
  }

  func::FuncOp outline(graph::KernelOp kernel, SymbolTable &symbols) {
    OpBuilder builder(&getContext());
    auto type = builder.getFunctionType(kernel.getInputs().getTypes(), kernel.getResultTypes());
    auto function = func::FuncOp::create(kernel.getLoc(), describe(kernel), type);
    function.setPrivate();
    function->setAttr("braid.kernel", builder.getUnitAttr());
    symbols.insert(function);
    IRMapping map;
    kernel.getBody().cloneInto(&function.getBody(), map);
    Operation *end = function.getBody().front().getTerminator();
    builder.setInsertionPoint(end);
    func::ReturnOp::create(builder, end->getLoc(), end->getOperands());
    end->erase();
    return function;
  }
};

} // namespace
} // namespace braid::lower
