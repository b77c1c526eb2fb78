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

FailureOr<SoftmaxOp> importVariant(ModuleOp module, StringRef name) {
  if (auto op = module.lookupSymbol<SoftmaxOp>(name))
    return op;
  if (Operation *other = module.lookupSymbol(name))
    return other->emitError() << "expected '" << name << "' to be an attn.softmax, got " << other->getName();
  std::optional<StringRef> text = catalogText(name);
  if (!text) {
    InFlightDiagnostic error = module.emitError() << "no attention variant '" << name << "'; the catalogue has";
    for (const Entry &entry : entries)
      error << " '" << entry.name << "'";
    return error;
  }
  OwningOpRef<ModuleOp> parsed = parseSourceString<ModuleOp>(*text, module.getContext(), name);
  if (!parsed)
    return failure();
  auto op = parsed->lookupSymbol<SoftmaxOp>(name);
  if (!op)
    return module.emitError() << "the catalogue file of '" << name << "' defines no attn.softmax of that name";
  op->remove();
  module.getBody()->push_front(op);
  return op;
}

} // namespace braid::attn
