// SPDX-License-Identifier: Apache-2.0
/// \file
/// Packing of weight panels. The inner loops move dwords (four codes, a pair of BF16, an F32) from 16 rows into one
/// line of 64 bytes.
#include "compiler/targets/cpu/Pack.h"

#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/bit.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace braid::cpu {

uint16_t floatToHalf(float value) {
  uint32_t bits = llvm::bit_cast<uint32_t>(value), sign = bits >> 16 & 0x8000, magnitude = bits & 0x7fffffff;
  if (magnitude > 0x7f800000)
    return sign | 0x7e00; // NaN
  if (magnitude >= 0x477ff000)
    return sign | 0x7c00; // rounds to infinity
  if (magnitude < 0x38800000) // subnormal: adding 0.5 leaves the rounded multiple of 2^-24 in the low bits
    return sign | uint16_t(llvm::bit_cast<uint32_t>(std::fabs(value) + 0.5f) - 0x3f000000);
  return sign | uint16_t((magnitude - 0x38000000 + 0xfff + (magnitude >> 13 & 1)) >> 13);
}

float halfToFloat(uint16_t half) {
  uint32_t sign = uint32_t(half & 0x8000) << 16, exponent = half >> 10 & 31, mantissa = half & 0x3ff;
  if (exponent == 0) {
    float value = float(mantissa) * 0x1p-24f;
    return sign ? -value : value;
  }
  uint32_t wide = exponent == 31 ? 255 : exponent + 112;
  return llvm::bit_cast<float>(sign | wide << 23 | mantissa << 13);
}

static uint16_t floatToBf16(float value) {
  uint32_t bits = llvm::bit_cast<uint32_t>(value);
  if ((bits & 0x7fffffff) > 0x7f800000)
    return uint16_t(bits >> 16 | 0x40); // NaN stays NaN
  return uint16_t((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

template <typename T> static T read(const uint8_t *from, int64_t index) {
  T value;
  std::memcpy(&value, from + index * int64_t(sizeof(T)), sizeof(T));
  return value;
}

static float readDense(Codes type, const uint8_t *row, int64_t index) {
  if (type == Codes::F32)
    return read<float>(row, index);
  uint16_t bits = read<uint16_t>(row, index);
  return type == Codes::F16 ? halfToFloat(bits) : llvm::bit_cast<float>(uint32_t(bits) << 16);
}

/// out[i][c] = rows[c][i] for i in [0, n), elements of type T; columns without a row are zeros.
template <typename T>
static void transpose(llvm::ArrayRef<const uint8_t *> rows, int64_t n, uint8_t *out) {
  if (rows.size() < 16)
    std::memset(out, 0, n * 16 * sizeof(T));
  if (rows.size() == 16) {
    for (int64_t i = 0; i < n; ++i) {
      T line[16];
      for (int c = 0; c < 16; ++c)
        line[c] = read<T>(rows[c], i);
      std::memcpy(out + i * sizeof(line), line, sizeof(line));
    }
    return;
  }
  for (size_t c = 0; c < rows.size(); ++c)
    for (int64_t i = 0; i < n; ++i) {
      T value = read<T>(rows[c], i);
      std::memcpy(out + (i * 16 + c) * sizeof(T), &value, sizeof(T));
    }
}

void packDensePanel(const WeightLayout &layout, Codes source, llvm::ArrayRef<const uint8_t *> rows, uint8_t *out) {
  const int64_t k = layout.k;
  if (source != layout.codes || (source == Codes::BF16 && k % 2)) {
    std::memset(out, 0, layout.panelBytes());
    for (size_t c = 0; c < rows.size(); ++c)
      for (int64_t i = 0; i < k; ++i) {
        float value = readDense(source, rows[c], i);
        if (layout.codes == Codes::F32) {
          std::memcpy(out + (i * 16 + c) * 4, &value, 4);
          continue;
        }
        uint16_t bits = layout.codes == Codes::F16 ? floatToHalf(value) : floatToBf16(value);
        int64_t at = layout.codes == Codes::F16 ? i * 16 + c : (i / 2 * 16 + c) * 2 + i % 2;
        std::memcpy(out + at * 2, &bits, 2);
      }
    return;
  }
  if (layout.codes == Codes::F16)
    transpose<uint16_t>(rows, k, out);
  else
    transpose<uint32_t>(rows, layout.codes == Codes::BF16 ? k / 2 : k, out);
}

static void storeNumber(ScaleType type, float value, uint8_t *out, int64_t index) {
  if (type == ScaleType::F32) {
    std::memcpy(out + 4 * index, &value, 4);
    return;
  }
  uint16_t half = floatToHalf(value);
  std::memcpy(out + 2 * index, &half, 2);
}

/// out[s][c] = codes 8s .. 8s+3 of row c in the low nibbles, 8s+4 .. 8s+7 in the high ones.
static void packNibbles(llvm::ArrayRef<const uint8_t *> rows, int64_t steps, uint8_t *out) {
  for (int64_t s = 0; s < steps; ++s) {
    uint32_t line[16] = {};
    for (size_t c = 0; c < rows.size(); ++c) {
      uint64_t eight = read<uint64_t>(rows[c], s);
      line[c] = uint32_t(eight) | uint32_t(eight >> 32) << 4;
    }
    std::memcpy(out + 64 * s, line, 64);
  }
}

void packQuantPanel(const WeightLayout &layout, llvm::ArrayRef<QuantRow> rows, uint8_t *out) {
  const int64_t group = layout.groupSize(), groups = layout.paddedK() / group;
  llvm::SmallVector<const uint8_t *, 16> codes(rows.size());
  llvm::SmallVector<uint8_t> padded; // one group a column: codes up to the padded k
  if (layout.paddedK() != layout.k) {
    padded.assign(rows.size() * layout.paddedK(), uint8_t(layout.zero));
    for (size_t c = 0; c < rows.size(); ++c)
      std::memcpy(&padded[c * layout.paddedK()], rows[c].codes, layout.k);
  }
  for (int64_t g = 0; g < groups; ++g, out += layout.groupBytes()) {
    std::memset(out, 0, layout.groupHeadBytes());
    for (size_t c = 0; c < rows.size(); ++c) {
      storeNumber(layout.scale, rows[c].scales[g], out, c);
      if (layout.min)
        storeNumber(layout.scale, rows[c].mins[g], out + 16 * layout.scaleBytes(), c);
      codes[c] = padded.empty() ? rows[c].codes + g * group : &padded[c * layout.paddedK()];
    }
    if (layout.codes == Codes::U4)
      packNibbles(codes, group / 8, out + layout.groupHeadBytes());
    else
      transpose<uint32_t>(codes, group / 4, out + layout.groupHeadBytes());
  }
}

static float loadNumber(ScaleType type, const uint8_t *from, int64_t index) {
  return type == ScaleType::F32 ? read<float>(from, index) : halfToFloat(read<uint16_t>(from, index));
}

void unpackPanel(const WeightLayout &layout, const uint8_t *panel, float *out) {
  for (int64_t c = 0; c < 16; ++c)
    for (int64_t i = 0; i < layout.k; ++i) {
      float &value = out[c * layout.k + i];
      if (!layout.isQuantized()) {
        int64_t at = layout.codes == Codes::BF16 ? (i / 2 * 16 + c) * 2 + i % 2 : i * 16 + c;
        value = readDense(layout.codes, panel, at);
        continue;
      }
      const uint8_t *head = panel + i / layout.groupSize() * layout.groupBytes();
      const uint8_t *codes = head + layout.groupHeadBytes();
      int64_t j = i % layout.groupSize();
      uint8_t code = layout.codes == Codes::U8 ? codes[j / 4 * 64 + c * 4 + j % 4]
                                               : codes[j / 8 * 64 + c * 4 + j % 4] >> (j / 4 % 2 * 4) & 15;
      float min = layout.min ? loadNumber(layout.scale, head + 16 * layout.scaleBytes(), c) : 0;
      value = loadNumber(layout.scale, head, c) * float(int(code) - layout.zero) + min;
    }
}

} // namespace braid::cpu
