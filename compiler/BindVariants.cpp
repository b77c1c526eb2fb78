// SPDX-License-Identifier: Apache-2.0
/// \file
/// Puts variants into the place of a model's own.
#include "compiler/BindVariants.h"

#include "compiler/ParseFile.h"
#include "dialects/attn/Attn.h"
#include "dialects/braid/Braid.h"

#include "mlir/IR/Verifier.h"

using namespace mlir;
namespace braid {

namespace {

/// "(S: state, q: key shared, b: scalar)": what must fit where a recurrence is used.
std::string signatureOf(attn::RecurrenceOp op) {
  std::string text = "(";
  llvm::raw_string_ostream os(text);
  llvm::interleaveComma(op.getBody().getArguments(), os, [&](BlockArgument arg) {
    std::string type;
    llvm::raw_string_ostream(type) << arg.getType();
    os << op.getArgName(arg.getArgNumber()) << ": " << StringRef(type).rsplit('.').second;
    for (StringRef fact : {"shared", "constant"})
      if (op.hasArgFact(arg.getArgNumber(), fact))
        os << ' ' << fact;
  });
  return text + ")";
}

/// The op of the module, or of the catalogue, that has the name; null where there is none.
Operation *ownVariant(ModuleOp module, StringRef name, StringRef kind) {
  if (Operation *known = module.lookupSymbol(name))
    return known;
  if (!attn::catalogText(name))
    return nullptr;
  auto op = attn::importVariantOp(module, name, kind);
  return succeeded(op) ? *op : nullptr;
}

SmallVector<graph::UsesVariant> usersOf(ModuleOp module, StringRef name) {
  SmallVector<graph::UsesVariant> users;
  module.walk([&](graph::UsesVariant op) {
    if (op.getVariant() == name)
      users.push_back(op);
  });
  return users;
}

/// Whether `variant`, which is in the module, fits all its uses; `own` is what it replaced (or empty).
LogicalResult checkFit(ModuleOp module, Operation *variant, StringRef name, const std::string &own) {
  SymbolTableCollection symbols;
  for (graph::UsesVariant user : usersOf(module, name)) {
    auto op = dyn_cast<SymbolUserOpInterface>(user.getOperation());
    if (!op)
      continue;
    std::string reason;
    LogicalResult result = success();
    {
      ScopedDiagnosticHandler handler(module.getContext(), [&](Diagnostic &diagnostic) {
        if (reason.empty())
          reason = diagnostic.str();
        return success();
      });
      result = op.verifySymbolUses(symbols);
    }
    if (succeeded(result))
      continue;
    auto recurrence = dyn_cast<attn::RecurrenceOp>(variant);
    if (own.empty() || !recurrence)
      return emitError(variant->getLoc()) << reason;
    InFlightDiagnostic error = emitError(variant->getLoc());
    error << "expected the signature " << own << " for '" << name << "', got " << signatureOf(recurrence);
    error.attachNote(variant->getLoc()) << reason;
    return error;
  }
  return success();
}

/// The variants of a file, named as they are to be in the module.
FailureOr<SmallVector<Operation *>> read(MLIRContext *context, StringRef option, OwningOpRef<ModuleOp> &file) {
  auto [name, path] = option.split('=');
  const bool isNamed = !path.empty() && !name.contains_insensitive(".mlir") && !name.contains('/');
  file = parseFile(isNamed ? path : option, context);
  if (!file)
    return failure();
  SmallVector<Operation *> variants;
  for (Operation &op : *file->getBody())
    if (isa<attn::SoftmaxOp, attn::RecurrenceOp>(op))
      variants.push_back(&op);
  Location location = FileLineColLoc::get(context, isNamed ? path : option, 1, 1);
  if (variants.empty() || (isNamed && variants.size() != 1))
    return emitError(location) << "expected " << (isNamed ? "one variant" : "a variant") << ", got "
                               << variants.size();
  if (isNamed)
    SymbolTable::setSymbolName(variants[0], name);
  return variants;
}

} // namespace

LogicalResult bindVariants(ModuleOp module, ArrayRef<std::string> files) {
  struct Bound {
    Operation *op;
    std::string name, own;
  };
  std::vector<Bound> bound;
  for (const std::string &option : files) {
    OwningOpRef<ModuleOp> file;
    FailureOr<SmallVector<Operation *>> variants = read(module.getContext(), option, file);
    if (failed(variants))
      return failure();
    bool isUsed = false;
    for (Operation *variant : *variants) {
      std::string name = SymbolTable::getSymbolName(variant).str(), own;
      isUsed |= !usersOf(module, name).empty();
      if (Operation *old = ownVariant(module, name, variant->getName().getStringRef())) {
        if (auto recurrence = dyn_cast<attn::RecurrenceOp>(old))
          own = signatureOf(recurrence);
        llvm::erase_if(bound, [&](const Bound &other) { return other.op == old; });
        old->erase();
      }
      variant->remove();
      module.getBody()->push_front(variant);
      bound.push_back({variant, name, own});
    }
    if (isUsed)
      continue;
    InFlightDiagnostic error = emitError(variants->front()->getLoc()) << "expected a variant that the model uses,";
    llvm::SetVector<StringRef> names;
    module.walk([&](graph::UsesVariant op) { names.insert(op.getVariant()); });
    for (StringRef used : names)
      error << " '" << used << "'";
    error << ", got '" << bound.back().name << "'";
    error.attachNote(variants->front()->getLoc())
        << "--variant=<name>=<file.mlir> puts it into the place of that one";
    return error;
  }
  for (const Bound &each : bound)
    if (failed(checkFit(module, each.op, each.name, each.own)))
      return failure();
  return failed(verify(module)) ? failure() : graph::importVariants(module);
}

} // namespace braid
