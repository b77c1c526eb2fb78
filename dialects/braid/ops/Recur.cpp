// SPDX-License-Identifier: Apache-2.0
/// \file
/// Recurrent attention: checks.
#include "dialects/attn/Attn.h"
#include "dialects/braid/ops/Support.h"

using namespace mlir;
using namespace braid::graph;

StringRef RecurOp::getVariantKind() { return braid::attn::RecurrenceOp::getOperationName(); }

LogicalResult RecurOp::verify() {
  RecurrentType state = getState().getType();
  if (getNext().getType() != state)
    return emitOpError() << "expected the next state to be " << state << ", got " << getNext().getType();
  return expectFeatures(*this, "a result", getResult(), state.getHeads() * state.getValue());
}

/// Checks one input against the argument of the variant that it is given for.
static LogicalResult verifyInput(RecurOp op, braid::attn::RecurrenceOp variant, unsigned index, Value input) {
  RecurrentType state = op.getState().getType();
  Type type = variant.getBody().getArgument(index).getType();
  int64_t width = isa<braid::attn::KeyType>(type) ? state.getKey()
                  : isa<braid::attn::ValueType>(type) ? state.getValue() : 1;
  auto refuse = [&] {
    return op.emitOpError() << "expected '" << variant.getArgName(index) << "' of '" << op.getVariant() << "' as ";
  };
  int64_t size;
  if (variant.hasArgFact(index, "constant")) {
    auto weight = dyn_cast<WeightType>(input.getType());
    if (!weight)
      return refuse() << "a weight: it is the same for all tokens, got " << input.getType();
    size = 1;
    for (int64_t dim : weight.getShape())
      size *= dim;
  } else {
    if (!isa<RankedTensorType>(input.getType()))
      return refuse() << "features of each token, got " << input.getType();
    size = features(input);
  }
  bool isShared = variant.hasArgFact(index, "shared");
  int64_t heads = size / width;
  if (size % width == 0 && (isShared ? heads > 0 && state.getHeads() % heads == 0 : heads == state.getHeads()))
    return success();
  return refuse() << width << " numbers for each of " << (isShared ? "a divisor of " : "") << state.getHeads()
                  << " heads, got " << size;
}

LogicalResult RecurOp::verifySymbolUses(SymbolTableCollection &symbols) {
  Operation *symbol = symbols.lookupNearestSymbolFrom(*this, getVariantAttr());
  if (!symbol) {
    if (braid::attn::catalogText(getVariant()))
      return success(); // brought in when its meaning is needed
    return emitOpError() << "expected an attention variant of the module or the catalogue, got '" << getVariant() << "'";
  }
  auto variant = dyn_cast<braid::attn::RecurrenceOp>(symbol);
  if (!variant)
    return emitOpError() << "expected '" << getVariant() << "' to be an attn.recurrence, got " << symbol->getName();
  RecurrentType state = getState().getType();
  auto arguments = variant.getBody().getArguments();
  unsigned states = variant.getStateCount();
  int64_t columns = llvm::count_if(arguments, [](BlockArgument a) { return isa<braid::attn::ColumnType>(a.getType()); });
  if (state.getColumns() != columns || state.getMatrices() != states - columns)
    return emitOpError() << "expected a state of " << states - columns << " matrices and " << columns
                         << " columns for '" << getVariant() << "', got " << state;
  if (getInputs().size() != arguments.size() - states)
    return emitOpError() << "expected " << arguments.size() - states << " inputs for '" << getVariant() << "', got "
                         << getInputs().size();
  for (auto [i, input] : llvm::enumerate(getInputs()))
    if (failed(verifyInput(*this, variant, states + i, input)))
      return failure();
  return success();
}
