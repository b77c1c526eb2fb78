// SPDX-License-Identifier: Apache-2.0
/// \file
/// The catalogue of variants: the .mlir files of catalog/, embedded as text when Braid is built.
#include "dialects/attn/Attn.h"

#include "dialects/Precompiled.h"

#include "mlir/Parser/Parser.h"

using namespace mlir;
namespace braid::attn {

namespace {
struct Entry {
  StringRef name, text;
};
const Entry entries[] = {
#include "dialects/attn/catalog.inc"
};
} // namespace

std::optional<StringRef> catalogText(StringRef name) {
  for (const Entry &entry : entries)
    if (entry.name == name)
      return entry.text;
  return std::nullopt;
}

SmallVector<StringRef> catalogNames(StringRef opName) {
  SmallVector<StringRef> names;
  for (const Entry &entry : entries)
    if (entry.text.contains((opName + " @" + entry.name).str()))
      names.push_back(entry.name);
  return names;
}

/// The op of that symbol and kind, or an error.
static FailureOr<Operation *> expectKind(Operation *op, StringRef name, StringRef opName) {
  if (op->getName().getStringRef() == opName)
    return op;
  return op->emitError() << "expected '" << name << "' to be an " << opName << ", got " << op->getName();
}

FailureOr<Operation *> importVariantOp(ModuleOp module, StringRef name, StringRef opName) {
  if (Operation *op = module.lookupSymbol(name))
    return expectKind(op, name, opName);
  std::optional<StringRef> text = catalogText(name);
  if (!text) {
    InFlightDiagnostic error = module.emitError() << "no attention variant '" << name << "'; the catalogue has";
    for (StringRef known : catalogNames(opName))
      error << " '" << known << "'";
    return error;
  }
  OwningOpRef<ModuleOp> parsed = parseSourceString<ModuleOp>(*text, module.getContext(), name);
  if (!parsed)
    return failure();
  Operation *op = parsed->lookupSymbol(name);
  if (!op)
    return module.emitError() << "the catalogue file of '" << name << "' defines no variant of that name";
  if (failed(expectKind(op, name, opName)))
    return failure();
  op->remove();
  module.getBody()->push_front(op);
  return op;
}

} // namespace braid::attn
