// SPDX-License-Identifier: Apache-2.0
/// \file
/// Groups of ops that run as one.
#include "dialects/braid/ops/Support.h"

using namespace mlir;
using namespace braid::graph;

ParseResult KernelOp::parse(OpAsmParser &parser, OperationState &state) {
  SmallVector<OpAsmParser::Argument> args;
  SmallVector<OpAsmParser::UnresolvedOperand> operands;
  auto parseInput = [&]() -> ParseResult {
    return failure(parser.parseArgument(args.emplace_back()) || parser.parseEqual() ||
                   parser.parseOperand(operands.emplace_back()));
  };
  FunctionType type;
  if (parser.parseCommaSeparatedList(OpAsmParser::Delimiter::Paren, parseInput) ||
      parser.parseOptionalAttrDictWithKeyword(state.attributes) || parser.parseColonType(type) ||
      parser.resolveOperands(operands, type.getInputs(), parser.getNameLoc(), state.operands))
    return failure();
  for (auto [arg, input] : llvm::zip(args, type.getInputs()))
    arg.type = input;
  state.addTypes(type.getResults());
  Region *body = state.addRegion();
  if (parser.parseRegion(*body, args))
    return failure();
  ensureTerminator(*body, parser.getBuilder(), state.location);
  return success();
}

void KernelOp::print(OpAsmPrinter &printer) {
  printer << '(';
  llvm::interleaveComma(llvm::zip(getBody().getArguments(), getInputs()), printer, [&](auto pair) {
    printer << std::get<0>(pair) << " = " << std::get<1>(pair);
  });
  printer << ')';
  printer.printOptionalAttrDictWithKeyword((*this)->getAttrs());
  printer << " : ";
  printer.printFunctionalType(getOperation());
  printer << ' ';
  printer.printRegion(getBody(), /*printEntryBlockArgs=*/false);
}

LogicalResult KernelOp::verify() {
  if (getBody().getArgumentTypes() != getInputs().getTypes())
    return emitOpError() << "expected its body to take " << getInputs().getTypes() << ", got "
                         << getBody().getArgumentTypes();
  Operation *end = getBody().front().getTerminator();
  if (end->getOperandTypes() != getResultTypes())
    return emitOpError() << "expected its body to yield " << getResultTypes() << ", got " << end->getOperandTypes();
  return success();
}
