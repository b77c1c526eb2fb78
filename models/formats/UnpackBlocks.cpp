// SPDX-License-Identifier: Apache-2.0
/// \file One unpacker a quantised type. The bit layouts are those of GGML; loops are plain so that they vectorise.
#include "models/formats/Dequantize.h"
#include "models/formats/FormatError.h"
#include "models/formats/HalfFloat.h"

using namespace llvm;

namespace braid::formats {
namespace {

/// What an unpacker writes; every block moves the three pointers on.
struct Output {
  uint8_t *__restrict codes;
  float *__restrict scales;
  float *__restrict mins;

  void group(float scale, float min) {
    *scales++ = scale;
    *mins++ = min;
  }
};

/// 16 bytes of two nibbles: the low ones are elements 0 to 15, the high ones 16 to 31.
inline void nibbles16(const uint8_t *__restrict from, uint8_t *__restrict codes) {
  for (int j = 0; j < 16; ++j) {
    codes[j] = from[j] & 15;
    codes[j + 16] = from[j] >> 4;
  }
}

/// Sets bit 4 of code j to bit j of the little-endian word at \p from.
inline void fifthBits(const uint8_t *__restrict from, uint8_t *__restrict codes) {
  for (int byte = 0; byte < 4; ++byte)
    for (int bit = 0; bit < 8; ++bit)
      codes[8 * byte + bit] |= uint8_t((from[byte] >> bit & 1) << 4);
}

void q4_0(const uint8_t *block, Output &out) {
  float d = loadHalf(block);
  nibbles16(block + 2, out.codes);
  out.group(d, -8.0f * d);
}

void q4_1(const uint8_t *block, Output &out) {
  nibbles16(block + 4, out.codes);
  out.group(loadHalf(block), loadHalf(block + 2));
}

void q5_0(const uint8_t *block, Output &out) {
  float d = loadHalf(block);
  nibbles16(block + 6, out.codes);
  fifthBits(block + 2, out.codes);
  out.group(d, -16.0f * d);
}

void q5_1(const uint8_t *block, Output &out) {
  nibbles16(block + 8, out.codes);
  fifthBits(block + 4, out.codes);
  out.group(loadHalf(block), loadHalf(block + 2));
}

void q8_0(const uint8_t *block, Output &out) {
  float d = loadHalf(block);
  for (int j = 0; j < 32; ++j)
    out.codes[j] = block[2 + j] ^ 0x80; // adds 128 to the signed byte
  out.group(d, -128.0f * d);
}

/// The eight 6-bit scale and minimum pairs of Q4_K and Q5_K, in 12 bytes.
void kGroups(const uint8_t *block, Output &out) {
  float d = loadHalf(block), dmin = loadHalf(block + 2);
  const uint8_t *sc = block + 4;
  for (int j = 0; j < 8; ++j) {
    int scale = j < 4 ? sc[j] & 63 : (sc[j + 4] & 15) | (sc[j - 4] >> 6) << 4;
    int min = j < 4 ? sc[j + 4] & 63 : (sc[j + 4] >> 4) | (sc[j] >> 6) << 4;
    out.group(d * float(scale), -(dmin * float(min)));
  }
}

void q4_k(const uint8_t *block, Output &out) {
  kGroups(block, out);
  const uint8_t *__restrict qs = block + 16;
  for (int chunk = 0; chunk < 4; ++chunk)
    for (int l = 0; l < 32; ++l) {
      out.codes[64 * chunk + l] = qs[32 * chunk + l] & 15;
      out.codes[64 * chunk + 32 + l] = qs[32 * chunk + l] >> 4;
    }
}

void q5_k(const uint8_t *block, Output &out) {
  kGroups(block, out);
  const uint8_t *__restrict qh = block + 16, *__restrict qs = block + 48;
  for (int chunk = 0; chunk < 4; ++chunk)
    for (int l = 0; l < 32; ++l) {
      uint8_t low = qs[32 * chunk + l], high = qh[l] >> (2 * chunk);
      out.codes[64 * chunk + l] = uint8_t((low & 15) | (high & 1) << 4);
      out.codes[64 * chunk + 32 + l] = uint8_t((low >> 4) | (high & 2) << 3);
    }
}

void q6_k(const uint8_t *block, Output &out) {
  float d = loadHalf(block + 208);
  for (int j = 0; j < 16; ++j) {
    float scale = d * float(int8_t(block[192 + j]));
    out.group(scale, -32.0f * scale);
  }
  for (int half = 0; half < 2; ++half) {
    const uint8_t *__restrict ql = block + 64 * half, *__restrict qh = block + 128 + 32 * half;
    uint8_t *__restrict e = out.codes + 128 * half;
    for (int l = 0; l < 32; ++l) {
      e[l] = uint8_t((ql[l] & 15) | (qh[l] & 3) << 4);
      e[l + 32] = uint8_t((ql[l + 32] & 15) | (qh[l] >> 2 & 3) << 4);
      e[l + 64] = uint8_t((ql[l] >> 4) | (qh[l] >> 4 & 3) << 4);
      e[l + 96] = uint8_t((ql[l + 32] >> 4) | (qh[l] >> 6) << 4);
    }
  }
}

template <auto unpack, int elements, int bytes>
void eachBlock(const uint8_t *source, int64_t count, Output out) {
  for (int64_t done = 0; done < count; done += elements) {
    unpack(source, out);
    source += bytes;
    out.codes += elements;
  }
}

} // namespace

std::optional<GroupFormat> groupFormat(DType dtype) {
  switch (dtype) {
  case DType::Q4_0:
    return GroupFormat{32, 4, 8};
  case DType::Q5_0:
    return GroupFormat{32, 5, 16};
  case DType::Q8_0:
    return GroupFormat{32, 8, 128};
  case DType::Q6_K:
    return GroupFormat{16, 6, 32};
  case DType::Q4_1:
  case DType::Q4_K:
    return GroupFormat{32, 4, -1};
  case DType::Q5_1:
  case DType::Q5_K:
    return GroupFormat{32, 5, -1};
  default:
    return std::nullopt;
  }
}

void unpackRow(DType dtype, const uint8_t *source, int64_t count, uint8_t *codes, float *scales, float *mins) {
  Output out{codes, scales, mins};
  switch (dtype) {
  case DType::Q4_0:
    return eachBlock<q4_0, 32, 18>(source, count, out);
  case DType::Q4_1:
    return eachBlock<q4_1, 32, 20>(source, count, out);
  case DType::Q5_0:
    return eachBlock<q5_0, 32, 22>(source, count, out);
  case DType::Q5_1:
    return eachBlock<q5_1, 32, 24>(source, count, out);
  case DType::Q8_0:
    return eachBlock<q8_0, 32, 34>(source, count, out);
  case DType::Q4_K:
    return eachBlock<q4_k, 256, 144>(source, count, out);
  case DType::Q5_K:
    return eachBlock<q5_k, 256, 176>(source, count, out);
  case DType::Q6_K:
    return eachBlock<q6_k, 256, 210>(source, count, out);
  default:
    llvm_unreachable("expected a quantised type");
  }
}

Error unpackBlocks(const Tensor &tensor, int64_t first, int64_t count, MutableArrayRef<uint8_t> codes,
                   MutableArrayRef<float> scales, MutableArrayRef<float> mins) {
  auto fault = [&](const Twine &what) { return tensorError(tensor.file, tensor.name, tensor.offset, what); };
  std::optional<GroupFormat> format = groupFormat(tensor.dtype);
  if (!format)
    return fault("expected a quantised type, got " + dtypeName(tensor.dtype));
  if (first < 0 || count < 0 || first > tensor.rowCount() || count > tensor.rowCount() - first)
    return fault("expected rows inside " + Twine(tensor.rowCount()) + ", got " + Twine(count) + " from " +
                 Twine(first) + " on");
  uint64_t elements = uint64_t(count) * uint64_t(tensor.rowElements());
  if (codes.size() != elements || scales.size() != elements / format->group || mins.size() != scales.size())
    return fault("expected room for " + Twine(elements) + " codes, got " + Twine(codes.size()));
  unpackRow(tensor.dtype, tensor.data.data() + uint64_t(first) * tensor.rowBytes(), int64_t(elements), codes.data(),
            scales.data(), mins.data());
  return Error::success();
}

} // namespace braid::formats
