// SPDX-License-Identifier: Apache-2.0
/// \file
/// How a weight matrix [n out-features][k in-features] lies in the .weights file for CPU kernels.
///
/// Columns (out-features) are cut into panels of 16, the last one padded with zeros; a panel is contiguous and holds
/// all of k, padded to the layout's k granule. Inside a panel:
///   F32, F16   [k][16]                      one vector of 16 columns for each k
///   BF16       [k/2][16][2]                 pairs of k side by side, so that a shift and a mask widen them
///   U8         per group: scales, mins, then [group/4][16][4] codes      (the operand order of vpdpbusd)
///   U4         per group: scales, mins, then [group/8][16][4] bytes: byte j of column c in step s holds the code of
///              k = 8 s + j in its low nibble and of k = 8 s + 4 + j in its high nibble
/// Scales (and mins) of a group are 16 numbers, one a column, of type `scale`. With group = 0 (U8 only) there is one
/// group over all of k, and its scales lie at the head of the panel.
/// The weight's value is  scale * (code - zero) + min,  with min = 0 where none is stored.
#pragma once

#include <cstdint>

namespace braid::cpu {

/// I8: rows of a session's state alone (CacheElement.h).
enum class Codes : uint8_t { F32, F16, BF16, U8, U4, I8 };
enum class ScaleType : uint8_t { None, F16, F32 };

struct WeightLayout {
  Codes codes = Codes::F32;
  int64_t k = 0;                      ///< in-features
  int64_t group = 0;                  ///< k values that share a scale: 16, 32, or 0 for all of them
  ScaleType scale = ScaleType::None;
  bool min = false;
  int32_t zero = 0;

  bool isQuantized() const { return codes == Codes::U8 || codes == Codes::U4; }
  /// k rounded up to what the kernels step by: a group, 32 for one group a column, 2 for BF16.
  int64_t paddedK() const {
    int64_t granule = isQuantized() ? (group ? group : 32) : codes == Codes::BF16 ? 2 : 1;
    return (k + granule - 1) / granule * granule;
  }
  int64_t groupSize() const { return group ? group : paddedK(); }
  int64_t scaleBytes() const { return scale == ScaleType::None ? 0 : scale == ScaleType::F16 ? 2 : 4; }
  /// Bytes of one group's scales and mins, of its codes, and of both, for the 16 columns of a panel.
  int64_t groupHeadBytes() const { return 16 * scaleBytes() * (min ? 2 : 1); }
  int64_t groupCodeBytes() const { return groupSize() * 16 / (codes == Codes::U4 ? 2 : 1); }
  int64_t groupBytes() const { return groupHeadBytes() + groupCodeBytes(); }
  int64_t panelBytes() const {
    if (isQuantized())
      return paddedK() / groupSize() * groupBytes();
    return paddedK() * 16 * (codes == Codes::F32 ? 4 : 2);
  }
  static int64_t panels(int64_t n) { return (n + 15) / 16; }
  int64_t bytes(int64_t n) const { return panels(n) * panelBytes(); }
  bool operator==(const WeightLayout &) const = default;
};

} // namespace braid::cpu
