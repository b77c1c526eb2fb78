// SPDX-License-Identifier: Apache-2.0
/// \file
/// Brings the catalogue's variants into modules.
#include "dialects/attn/Attn.h"
#include "dialects/braid/Braid.h"

using namespace mlir;
namespace braid::graph {

LogicalResult importVariants(ModuleOp module) {
  SymbolTableCollection symbols;
  WalkResult result = module.walk([&](UsesVariant op) -> WalkResult {
    if (failed(attn::importVariantOp(module, op.getVariant(), op.getVariantKind())))
      return WalkResult::interrupt();
    return WalkResult::advance();
  });
  if (result.wasInterrupted())
    return failure();
  result = module.walk([&](SymbolUserOpInterface op) -> WalkResult {
    return isa<UsesVariant>(op.getOperation()) ? op.verifySymbolUses(symbols) : success();
  });
  return failure(result.wasInterrupted());
}

} // namespace braid::graph
