// SPDX-License-Identifier: Apache-2.0
/// \file
/// Uses of attn.softmax variants.
#include "dialects/braid/ops/SoftmaxVariant.h"

#include "mlir/IR/IRMapping.h"

using namespace mlir;
namespace braid::graph {

LogicalResult verifySoftmaxVariant(Operation *op, FlatSymbolRefAttr name, ArrayRef<int64_t> params,
                                   SymbolTableCollection &symbols) {
  Operation *symbol = symbols.lookupNearestSymbolFrom(op, name);
  StringRef text = name.getValue();
  if (!symbol) {
    if (attn::catalogText(text))
      return success(); // brought in when its meaning is needed
    return op->emitOpError() << "expected an attention variant of the module or the catalogue, got '" << text << "'";
  }
  auto variant = dyn_cast<attn::SoftmaxOp>(symbol);
  if (!variant)
    return op->emitOpError() << "expected '" << text << "' to be an attn.softmax, got " << symbol->getName();
  auto types = variant.getParams().getAsValueRange<TypeAttr>();
  if (params.size() != variant.getParams().size())
    return op->emitOpError() << "expected " << variant.getParams().size() << " parameters for '" << text << "', got "
                             << params.size();
  for (Type type : types)
    if (!type.isIndex())
      return op->emitOpError() << "expected '" << text << "' to take index parameters, got " << type;
  return success();
}

Value inlineRegion(ImplicitLocOpBuilder &b, Region &region, ArrayRef<int64_t> params, ArrayRef<Value> args) {
  IRMapping map;
  for (auto [i, param] : llvm::enumerate(params))
    map.map(region.getArgument(i), arith::ConstantIndexOp::create(b, param).getResult());
  for (auto [i, arg] : llvm::enumerate(args))
    map.map(region.getArgument(params.size() + i), arg);
  for (Operation &op : region.front().without_terminator())
    b.clone(op, map);
  return map.lookupOrDefault(region.front().back().getOperand(0));
}

} // namespace braid::graph
