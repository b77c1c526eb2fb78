// SPDX-License-Identifier: Apache-2.0
/// \file
/// The braid dialect: registration and types.
#include "dialects/braid/Braid.h"

#include "dialects/Precompiled.h"

using namespace mlir;
using namespace braid::graph;

#include "dialects/braid/BraidDialect.cpp.inc"
#include "dialects/braid/BraidEnums.cpp.inc"
#include "dialects/braid/BraidInterfaces.cpp.inc"

/// Weight shapes: `576x1536` or `576`.
static ParseResult parseShape(AsmParser &parser, SmallVector<int64_t> &shape) {
  return parser.parseDimensionList(shape, /*allowDynamic=*/false, /*withTrailingX=*/false);
}
static void printShape(AsmPrinter &printer, ArrayRef<int64_t> shape) { printer.printDimensionList(shape); }

#define GET_TYPEDEF_CLASSES
#include "dialects/braid/BraidTypes.cpp.inc"

void BraidDialect::initialize() {
  addTypes<
#define GET_TYPEDEF_LIST
#include "dialects/braid/BraidTypes.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "dialects/braid/BraidOps.cpp.inc"
      >();
}

LogicalResult KvType::verify(function_ref<InFlightDiagnostic()> emitError, int64_t heads, int64_t dim, int64_t window,
                             Storage storage) {
  if (heads <= 0 || dim <= 0 || window < 0)
    return emitError() << "expected positive heads and dim and a window of at least 0, got " << heads << ", " << dim
                       << " and " << window;
  if (storage != Storage::F32 && storage != Storage::F16 && storage != Storage::BF16)
    return emitError() << "expected rows of f32, f16 or bf16, got " << stringifyStorage(storage);
  return success();
}
