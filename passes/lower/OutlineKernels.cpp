// SPDX-License-Identifier: Apache-2.0
/// \file
/// Kernels become functions.
#include "passes/lower/Passes.h"

#include "mlir/IR/IRMapping.h"
#include "mlir/IR/OperationSupport.h"

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
    llvm::DenseMap<Type, SmallVector<Kind>> kinds; // by type, then by body
    OpBuilder builder(&getContext());
    for (graph::KernelOp kernel : kernels) {
      SmallVector<Kind> &sameType = kinds[typeOf(kernel)];
      auto kind = llvm::find_if(sameType, [&](const Kind &other) { return areEqual(kernel, other.first); });
      if (kind == sameType.end()) {
        sameType.push_back({kernel, outline(kernel, symbols)});
        kind = std::prev(sameType.end());
      }
      builder.setInsertionPoint(kernel);
      auto call = func::CallOp::create(builder, kernel.getLoc(), kind->function, kernel.getInputs());
      kernel.replaceAllUsesWith(call.getResults());
    }
    for (graph::KernelOp kernel : kernels) // only now: later kernels were compared with them
      kernel.erase();
  }

  /// A kernel that was met first, and its function.
  struct Kind {
    graph::KernelOp first;
    func::FuncOp function;
  };

  static FunctionType typeOf(graph::KernelOp kernel) {
    return FunctionType::get(kernel.getContext(), kernel.getInputs().getTypes(), kernel.getResultTypes());
  }

  /// Whether two kernels of one type compute the same function.
  static bool areEqual(graph::KernelOp a, graph::KernelOp b) {
    return OperationEquivalence::isRegionEquivalentTo(&a.getBody(), &b.getBody(),
                                                      OperationEquivalence::IgnoreLocations);
  }

  func::FuncOp outline(graph::KernelOp kernel, SymbolTable &symbols) {
    OpBuilder builder(&getContext());
    auto function = func::FuncOp::create(kernel.getLoc(), describe(kernel), typeOf(kernel));
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
