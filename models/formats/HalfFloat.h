// SPDX-License-Identifier: Apache-2.0
/// \file 16-bit floats to float, without branches, so that loops over them vectorise on every x86-64.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>

namespace braid::formats {

inline float floatFromHalf(uint16_t half) {
  // Shift exponent and mantissa into place and rebias by a multiplication, which also normalises subnormals.
  uint32_t magnitude = uint32_t(half & 0x7fff) << 13;
  float value = std::bit_cast<float>(magnitude) * 0x1p112f;
  uint32_t special = (half & 0x7c00) == 0x7c00 ? 0x7f800000u : 0u; // infinity and NaN keep the top exponent
  return std::bit_cast<float>(std::bit_cast<uint32_t>(value) | special | uint32_t(half & 0x8000) << 16);
}

inline float floatFromBfloat(uint16_t value) { return std::bit_cast<float>(uint32_t(value) << 16); }

/// Reads a little-endian 16-bit value at any address.
inline uint16_t load16(const uint8_t *from) {
  uint16_t value;
  std::memcpy(&value, from, sizeof(value));
  return value;
}

inline float loadHalf(const uint8_t *from) { return floatFromHalf(load16(from)); }

} // namespace braid::formats
