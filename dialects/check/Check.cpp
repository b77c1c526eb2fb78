// SPDX-License-Identifier: Apache-2.0
/// \file
/// The check dialect: registration and checks of its ops.
#include "dialects/check/Check.h"

#include "dialects/Precompiled.h"

using namespace mlir;
using namespace braid::check;

#include "dialects/check/CheckDialect.cpp.inc"
#define GET_OP_CLASSES
#include "dialects/check/CheckOps.cpp.inc"

template <typename CheckOp> static LogicalResult verifyRuns(CheckOp op) {
  if (op.getTokens().empty())
    return op.emitOpError() << "expected at least 1 number of tokens, got 0";
  for (int64_t count : op.getTokens())
    if (count < 1)
      return op.emitOpError() << "expected numbers of tokens of at least 1, got " << count;
  if (int64_t start = op.getStart(); start < 0)
    return op.emitOpError() << "expected a start of at least 0, got " << start;
  if (int64_t rows = op.getRows(); rows < 1)
    return op.emitOpError() << "expected at least 1 row, got " << rows;
  if (std::optional<ArrayAttr> inputs = op.getInputs())
    for (StringRef name : inputs->getAsValueRange<StringAttr>())
      if (!llvm::is_contained({"random", "zeros", "repeated", "large", "tiny"}, name))
        return op.emitOpError() << "expected inputs of \"random\", \"zeros\", \"repeated\", \"large\" or \"tiny\", got \""
                                << name << "\"";
  return success();
}

LogicalResult CloseOp::verify() {
  for (double tolerance : {getTolerance().convertToDouble(), getInt8().value_or(getTolerance()).convertToDouble()})
    if (!(tolerance >= 0))
      return emitOpError() << "expected a tolerance of at least 0, got " << tolerance;
  return verifyRuns(*this);
}

LogicalResult EqualOp::verify() { return verifyRuns(*this); }

static LogicalResult expectFunction(Operation *op, FlatSymbolRefAttr name, SymbolTableCollection &symbols) {
  Operation *symbol = symbols.lookupNearestSymbolFrom(op, name);
  if (!symbol)
    return op->emitOpError() << "expected a function of the module, got '" << name.getValue() << "'";
  auto function = dyn_cast<func::FuncOp>(symbol);
  if (!function || function.isDeclaration())
    return op->emitOpError() << "expected '" << name.getValue() << "' to be a function with a body, got "
                             << symbol->getName();
  return success();
}

LogicalResult CloseOp::verifySymbolUses(SymbolTableCollection &symbols) {
  return expectFunction(*this, getFunctionAttr(), symbols);
}
LogicalResult EqualOp::verifySymbolUses(SymbolTableCollection &symbols) {
  return expectFunction(*this, getFunctionAttr(), symbols);
}

void CheckDialect::initialize() {
  addOperations<
#define GET_OP_LIST
#include "dialects/check/CheckOps.cpp.inc"
      >();
}
