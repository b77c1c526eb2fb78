// SPDX-License-Identifier: Apache-2.0
/// \file Reads every byte that a fuzzed file's tensors claim to have, so that a false claim is caught by the sanitizer.
#pragma once

#include "models/formats/Dequantize.h"
#include <cstdlib>
#include <vector>

namespace braid::formats {

inline void touchTensors(const TensorStore &store) {
  for (const Tensor &tensor : store.tensors()) {
    if (store.find(tensor.name) != &tensor || tensor.data.size() != byteCount(tensor.dtype, tensor.shape))
      std::abort();
    uint8_t sum = 0;
    for (uint8_t byte : tensor.data)
      sum += byte;
    volatile uint8_t sink = sum;
    (void)sink;
    if (!canDequantize(tensor.dtype))
      continue;
    uint64_t count = *elementCount(tensor.shape);
    std::vector<float> values(count);
    if (dequantizeRows(tensor, 0, tensor.rowCount(), values))
      std::abort();
    std::optional<GroupFormat> format = groupFormat(tensor.dtype);
    if (!format)
      continue;
    std::vector<uint8_t> codes(count);
    std::vector<float> scales(count / format->group), mins(scales.size());
    if (unpackBlocks(tensor, 0, tensor.rowCount(), codes, scales, mins))
      std::abort();
  }
}

} // namespace braid::formats
