// SPDX-License-Identifier: Apache-2.0
/// \file
/// Merges equal layer functions, so that compile time does not grow with depth.
#include "passes/simplify/Passes.h"

#include "mlir/IR/AttrTypeSubElements.h"
#include "mlir/IR/OperationSupport.h"

using namespace mlir;
namespace braid::simplify {
#define GEN_PASS_DEF_MERGELAYERKINDSPASS
#include "passes/simplify/Passes.h.inc"

namespace {

/// Equal attributes but for the symbol name, and equal bodies.
bool areEqual(func::FuncOp a, func::FuncOp b) {
  auto attributes = [](func::FuncOp function) {
    NamedAttrList list(function->getAttrDictionary());
    list.erase(function.getSymNameAttrName());
    return list.getDictionary(function.getContext());
  };
  if (attributes(a) != attributes(b))
    return false;
  return OperationEquivalence::isRegionEquivalentTo(&a.getBody(), &b.getBody(),
                                                    OperationEquivalence::IgnoreLocations);
}

struct MergeLayerKinds : impl::MergeLayerKindsPassBase<MergeLayerKinds> {
  void runOnOperation() override {
    while (mergeOnce(getOperation())) // functions may be equal once those that they call are one
      ;
  }

  /// Merges what is equal now; whether anything was.
  static bool mergeOnce(ModuleOp module) {
    llvm::DenseMap<Attribute, SmallVector<func::FuncOp>> kinds; // by type, then by body
    llvm::DenseMap<StringAttr, FlatSymbolRefAttr> merged;
    for (auto function : llvm::make_early_inc_range(module.getOps<func::FuncOp>())) {
      if (!function.isPrivate() || function.isDeclaration())
        continue;
      SmallVector<func::FuncOp> &sameType = kinds[TypeAttr::get(function.getFunctionType())];
      auto twin = llvm::find_if(sameType, [&](func::FuncOp other) { return areEqual(function, other); });
      if (twin == sameType.end()) {
        sameType.push_back(function);
        continue;
      }
      merged[function.getSymNameAttr()] = FlatSymbolRefAttr::get(twin->getSymNameAttr());
      function.erase();
    }
    if (merged.empty())
      return false;
    AttrTypeReplacer replacer;
    replacer.addReplacement([&](FlatSymbolRefAttr symbol) -> std::optional<Attribute> {
      auto kind = merged.find(symbol.getAttr());
      return kind == merged.end() ? std::nullopt : std::optional<Attribute>(kind->second);
    });
    replacer.recursivelyReplaceElementsIn(module);
    return true;
  }
};

} // namespace
} // namespace braid::simplify
