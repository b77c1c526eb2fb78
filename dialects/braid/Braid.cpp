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
#include "dialects/braid/BraidTypeInterfaces.cpp.inc"

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

/// How many neighbours of a row are stored as one block.
static int64_t blockSize(Storage storage) {
  switch (storage) {
  case Storage::F32:
  case Storage::F16:
  case Storage::BF16:
    return 1;
  case Storage::Q4_0:
  case Storage::Q4_1:
  case Storage::Q5_0:
  case Storage::Q5_1:
  case Storage::Q8_0:
    return 32;
  case Storage::Q4_K:
  case Storage::Q5_K:
  case Storage::Q6_K:
    return 256;
  }
  llvm_unreachable("unknown storage");
}

LogicalResult WeightType::verify(function_ref<InFlightDiagnostic()> emitError, ArrayRef<int64_t> shape,
                                 Storage storage) {
  if (shape.empty() || shape.size() > 3)
    return emitError() << "expected a weight of 1 to 3 dimensions, got " << shape.size();
  if (llvm::any_of(shape, [](int64_t size) { return size <= 0; }))
    return emitError() << "expected a weight of positive sizes, got " << shape;
  if (int64_t block = blockSize(storage); shape.back() % block)
    return emitError() << "expected rows of a multiple of " << block << " numbers for " << stringifyStorage(storage)
                       << ", got " << shape.back();
  return success();
}

LogicalResult KvType::verify(function_ref<InFlightDiagnostic()> emitError, int64_t heads, int64_t dim, int64_t window,
                             StateStorage storage) {
  if (heads <= 0 || dim <= 0 || window < 0)
    return emitError() << "expected positive heads and dim and a window of at least 0, got " << heads << ", " << dim
                       << " and " << window;
  return success();
}

Type braid::graph::elementOf(MLIRContext *context, StateStorage storage) {
  switch (storage) {
  case StateStorage::F16: return Float16Type::get(context);
  case StateStorage::BF16: return BFloat16Type::get(context);
  case StateStorage::F32:
  case StateStorage::Int8: return Float32Type::get(context);
  }
  llvm_unreachable("unknown storage");
}

MemRefType KvType::getRowsType() const {
  return MemRefType::get({2 * getHeads(), ShapedType::kDynamic, getDim()}, elementOf(getContext(), getStorage()));
}

LogicalResult LatentType::verify(function_ref<InFlightDiagnostic()> emitError, int64_t rank, int64_t rope,
                                 StateStorage storage) {
  if (rank <= 0 || rope <= 0)
    return emitError() << "expected a positive rank and rope, got " << rank << " and " << rope;
  return success();
}

MemRefType LatentType::getRowsType() const {
  return MemRefType::get({1, ShapedType::kDynamic, getRank() + getRope()}, elementOf(getContext(), getStorage()));
}

LogicalResult TailType::verify(function_ref<InFlightDiagnostic()> emitError, int64_t rows, int64_t width) {
  if (rows > 0 && width > 0)
    return success();
  return emitError() << "expected a positive number of rows and a positive width, got " << rows << " and " << width;
}

/// `<3x12288>`
Type TailType::parse(AsmParser &parser) {
  SmallVector<int64_t> shape;
  SMLoc at = parser.getCurrentLocation();
  if (parser.parseLess() || parseShape(parser, shape) || parser.parseGreater())
    return {};
  if (shape.size() == 2)
    return getChecked([&] { return parser.emitError(at); }, parser.getContext(), shape[0], shape[1]);
  parser.emitError(at) << "expected rows x width, got " << shape.size() << " sizes";
  return {};
}

void TailType::print(AsmPrinter &printer) const { printer << '<' << getRows() << 'x' << getWidth() << '>'; }

MemRefType TailType::getRowsType() const {
  return MemRefType::get({getRows(), getWidth()}, Float32Type::get(getContext()));
}

LogicalResult RecurrentType::verify(function_ref<InFlightDiagnostic()> emitError, int64_t heads, int64_t key,
                                    int64_t value, int64_t matrices, int64_t columns, StateStorage storage) {
  if (storage != StateStorage::F32 && storage != StateStorage::BF16)
    return emitError() << "expected states of f32 or bf16, got " << stringifyStateStorage(storage);
  if (heads > 0 && key > 0 && value > 0 && matrices >= 0 && columns >= 0 && matrices + columns > 0)
    return success();
  return emitError() << "expected positive heads, key and value and at least one matrix or column, got " << heads
                     << ", " << key << ", " << value << ", " << matrices << " and " << columns;
}

MemRefType RecurrentType::getRowsType() const {
  int64_t head = getKey() * (getMatrices() * getValue() + getColumns());
  return MemRefType::get({getHeads(), head}, elementOf(getContext(), getStorage()));
}
