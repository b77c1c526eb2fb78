// SPDX-License-Identifier: Apache-2.0
/// \file
/// The generated halves of all ops.
#include "dialects/Precompiled.h"
#include "dialects/braid/Braid.h"

using namespace mlir;

/// The parameters of a variant: `(4096)`.
static ParseResult parseParams(OpAsmParser &parser, DenseI64ArrayAttr &params) {
  SmallVector<int64_t> values;
  if (parser.parseCommaSeparatedList(AsmParser::Delimiter::Paren,
                                     [&] { return parser.parseInteger(values.emplace_back()); }))
    return failure();
  params = parser.getBuilder().getDenseI64ArrayAttr(values);
  return success();
}
static void printParams(OpAsmPrinter &printer, Operation *, DenseI64ArrayAttr params) {
  printer << '(';
  llvm::interleaveComma(params.asArrayRef(), printer);
  printer << ')';
}

#define GET_OP_CLASSES
#include "dialects/braid/BraidOps.cpp.inc"
