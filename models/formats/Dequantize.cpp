// SPDX-License-Identifier: Apache-2.0
/// \file Rows as float: plain types directly, quantised types through their canonical form.
#include "models/formats/Dequantize.h"
#include "models/formats/FormatError.h"
#include "models/formats/HalfFloat.h"
#include <algorithm>
#include <cstring>

using namespace llvm;

namespace braid::formats {
namespace {

/// Unpacks one block at a time into a buffer that stays in the first-level cache. The sum below has the bits of the
/// format's own formula; see Dequantize.h.
void dequantizeBlocks(DType dtype, const uint8_t *source, int64_t count, float *__restrict result) {
  constexpr int64_t chunk = 256;
  uint8_t codes[chunk];
  float scales[chunk / 16], mins[chunk / 16];
  const uint32_t group = groupFormat(dtype)->group;
  for (int64_t done = 0; done < count; done += chunk) {
    int64_t now = std::min(chunk, count - done);
    unpackRow(dtype, source, now, codes, scales, mins);
    source += now / blockElements(dtype) * blockBytes(dtype);
    for (int64_t base = 0; base < now; base += 16) {
      float scale = scales[base / group], min = mins[base / group];
      for (int64_t i = 0; i < 16; ++i)
        result[done + base + i] = scale * float(codes[base + i]) + min;
    }
  }
}

} // namespace

bool canDequantize(DType dtype) {
  return dtype == DType::F32 || dtype == DType::F16 || dtype == DType::BF16 || groupFormat(dtype).has_value();
}

void dequantizeRow(DType dtype, const uint8_t *source, int64_t count, float *__restrict result) {
  switch (dtype) {
  case DType::F32:
    std::memcpy(result, source, size_t(count) * sizeof(float));
    return;
  case DType::F16:
    for (int64_t i = 0; i < count; ++i)
      result[i] = floatFromHalf(load16(source + 2 * i));
    return;
  case DType::BF16:
    for (int64_t i = 0; i < count; ++i)
      result[i] = floatFromBfloat(load16(source + 2 * i));
    return;
  default:
    return dequantizeBlocks(dtype, source, count, result);
  }
}

Error dequantizeRows(const Tensor &tensor, int64_t first, int64_t count, MutableArrayRef<float> result) {
  auto fault = [&](const Twine &what) { return tensorError(tensor.file, tensor.name, tensor.offset, what); };
  if (!canDequantize(tensor.dtype))
    return fault("expected a type that holds float values, got " + dtypeName(tensor.dtype));
  if (first < 0 || count < 0 || first > tensor.rowCount() || count > tensor.rowCount() - first)
    return fault("expected rows inside " + Twine(tensor.rowCount()) + ", got " + Twine(count) + " from " +
                 Twine(first) + " on");
  uint64_t elements = uint64_t(count) * uint64_t(tensor.rowElements());
  if (result.size() != elements)
    return fault("expected room for " + Twine(elements) + " values, got " + Twine(result.size()));
  if (elements != 0)
    dequantizeRow(tensor.dtype, tensor.data.data() + uint64_t(first) * tensor.rowBytes(), int64_t(elements),
                  result.data());
  return Error::success();
}

} // namespace braid::formats
