// SPDX-License-Identifier: Apache-2.0
/// \file The table of element types.
#include "models/formats/DType.h"
#include <limits>

using namespace llvm;

namespace braid::formats {
namespace {

struct Row {
  StringRef name;
  uint32_t blockElements, blockBytes;
};

// In the order of DType.
constexpr Row rows[] = {
    {"F64", 1, 8},     {"F32", 1, 4},      {"F16", 1, 2},      {"BF16", 1, 2},     {"I64", 1, 8},
    {"I32", 1, 4},     {"I16", 1, 2},      {"I8", 1, 1},       {"U8", 1, 1},       {"BOOL", 1, 1},
    {"F8_E4M3", 1, 1}, {"F8_E5M2", 1, 1},  {"Q4_0", 32, 18},   {"Q4_1", 32, 20},   {"Q5_0", 32, 22},
    {"Q5_1", 32, 24},  {"Q8_0", 32, 34},   {"Q4_K", 256, 144}, {"Q5_K", 256, 176}, {"Q6_K", 256, 210},
};
static_assert(std::size(rows) == size_t(DType::Q6_K) + 1);

const Row &row(DType dtype) { return rows[size_t(dtype)]; }

} // namespace

StringRef dtypeName(DType dtype) { return row(dtype).name; }
uint32_t blockElements(DType dtype) { return row(dtype).blockElements; }
uint32_t blockBytes(DType dtype) { return row(dtype).blockBytes; }

std::optional<DType> dtypeFromSafetensors(StringRef name) {
  for (size_t i = 0; i <= size_t(DType::F8_E5M2); ++i)
    if (rows[i].name == name)
      return DType(i);
  return std::nullopt;
}

std::optional<uint64_t> elementCount(ArrayRef<int64_t> shape) {
  int64_t product = 1;
  bool empty = false;
  for (int64_t size : shape) {
    if (size < 0)
      return std::nullopt;
    empty |= size == 0;
    if (size != 0 && __builtin_mul_overflow(product, size, &product))
      return std::nullopt;
  }
  return empty ? 0 : uint64_t(product);
}

std::optional<uint64_t> byteCount(DType dtype, ArrayRef<int64_t> shape) {
  std::optional<uint64_t> count = elementCount(shape);
  uint64_t rowElements = shape.empty() ? 1 : uint64_t(shape.back());
  if (!count || rowElements % blockElements(dtype) != 0)
    return std::nullopt;
  uint64_t bytes = 0;
  if (__builtin_mul_overflow(*count / blockElements(dtype), uint64_t(blockBytes(dtype)), &bytes) ||
      bytes > uint64_t(std::numeric_limits<int64_t>::max()))
    return std::nullopt;
  return bytes;
}

} // namespace braid::formats
