// SPDX-License-Identifier: Apache-2.0
/// \file
/// Random weights and tokens.
#include "compiler/numerics/Data.h"

#include "llvm/ADT/APFloat.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/xxhash.h"

#include <cmath>
#include <cstring>

using namespace braid::formats;
namespace braid::numerics {

uint64_t Random::next() {
  uint64_t z = state += 0x9e3779b97f4a7c15;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

float Random::normal() { return float((uniform() + uniform() + uniform() + uniform() - 2) * std::sqrt(3.0)); }

uint64_t seedOf(llvm::StringRef name) { return llvm::xxh3_64bits(name); }

static DType dtypeOf(graph::Storage storage) {
  using graph::Storage;
  switch (storage) {
  case Storage::F32: return DType::F32;
  case Storage::F16: return DType::F16;
  case Storage::BF16: return DType::BF16;
  case Storage::Q4_0: return DType::Q4_0;
  case Storage::Q4_1: return DType::Q4_1;
  case Storage::Q5_0: return DType::Q5_0;
  case Storage::Q5_1: return DType::Q5_1;
  case Storage::Q8_0: return DType::Q8_0;
  case Storage::Q4_K: return DType::Q4_K;
  case Storage::Q5_K: return DType::Q5_K;
  case Storage::Q6_K: return DType::Q6_K;
  }
  llvm_unreachable("unknown storage");
}

static void putNumber(uint8_t *to, float value, const llvm::fltSemantics &semantics) {
  llvm::APFloat number(value);
  bool inexact;
  number.convert(semantics, llvm::APFloat::rmNearestTiesToEven, &inexact);
  llvm::APInt bits = number.bitcastToAPInt();
  uint64_t raw = bits.getZExtValue();
  std::memcpy(to, &raw, bits.getBitWidth() / 8);
}

namespace {
/// Where a block keeps its f16 numbers, and how large its integers grow.
struct BlockShape {
  unsigned scaleAt; ///< byte offset of d
  int minAt;        ///< byte offset of m or dmin; -1: none
  double range;     ///< d times this is about the largest value
};
} // namespace

static BlockShape blockShape(DType dtype) {
  switch (dtype) {
  case DType::Q4_0: return {0, -1, 8};
  case DType::Q4_1: return {0, 2, 15};
  case DType::Q5_0: return {0, -1, 16};
  case DType::Q5_1: return {0, 2, 31};
  case DType::Q8_0: return {0, -1, 128};
  case DType::Q4_K: return {0, 2, 15 * 63};
  case DType::Q5_K: return {0, 2, 31 * 63};
  case DType::Q6_K: return {208, -1, 32 * 128};
  default: llvm_unreachable("no block type");
  }
}

/// Any bytes, then the block's f16 numbers over them.
static void fillBlocks(std::vector<uint8_t> &bytes, DType dtype, double magnitude, Random &random) {
  for (uint8_t &byte : bytes)
    byte = uint8_t(random.next() >> 32);
  BlockShape shape = blockShape(dtype);
  bool hasSuperblocks = blockElements(dtype) == 256;
  for (size_t at = 0; at < bytes.size(); at += blockBytes(dtype)) {
    double d = magnitude * (0.5 + random.uniform()) / shape.range;
    putNumber(&bytes[at + shape.scaleAt], float(d), llvm::APFloat::IEEEhalf());
    if (shape.minAt >= 0) // dmin times 63 counts down; m is added
      putNumber(&bytes[at + shape.minAt], float((hasSuperblocks ? 0.5 / 63 : -0.5) * magnitude * random.uniform() * 2),
                llvm::APFloat::IEEEhalf());
  }
}

llvm::Error RandomWeights::add(llvm::StringRef name, graph::WeightType type) {
  Random random(seedOf(name));
  DType dtype = dtypeOf(type.getStorage());
  llvm::ArrayRef<int64_t> shape = type.getShape();
  double magnitude = shape.size() >= 2 ? 1 / std::sqrt(double(shape.back())) : 1;
  std::optional<uint64_t> size = byteCount(dtype, shape);
  if (!size || *size > (uint64_t(1) << 30))
    return llvm::createStringError("a check's weight '" + name + "' has over 1 GiB");
  auto bytes = std::make_unique<std::vector<uint8_t>>(*size);
  if (isQuantised(dtype)) {
    fillBlocks(*bytes, dtype, 2 * magnitude, random);
  } else {
    const llvm::fltSemantics &semantics = dtype == DType::F32   ? llvm::APFloat::IEEEsingle()
                                          : dtype == DType::F16 ? llvm::APFloat::IEEEhalf()
                                                                : llvm::APFloat::BFloat();
    for (size_t at = 0; at < bytes->size(); at += blockBytes(dtype))
      putNumber(&(*bytes)[at], float(magnitude * random.normal()), semantics);
  }
  Tensor tensor{name.str(), dtype, llvm::SmallVector<int64_t, 4>(shape), *bytes, "random", 0};
  memory.push_back(std::move(bytes));
  return store.add(std::move(tensor));
}

InputKind inputKindOf(llvm::StringRef name) {
  return llvm::StringSwitch<InputKind>(name)
      .Case("zeros", InputKind::Zeros)
      .Case("repeated", InputKind::Repeated)
      .Case("large", InputKind::Large)
      .Case("tiny", InputKind::Tiny)
      .Default(InputKind::Random);
}

std::vector<float> makeTokens(InputKind kind, int64_t count, int64_t features, Random &random) {
  std::vector<float> values(count * features);
  for (auto [i, value] : llvm::enumerate(values))
    switch (kind) {
    case InputKind::Random: value = random.normal(); break;
    case InputKind::Zeros: value = 0; break;
    case InputKind::Repeated: value = int64_t(i) < features ? random.normal() : values[i - features]; break;
    case InputKind::Large: value = 64 * random.normal(); break;
    case InputKind::Tiny: value = random.normal() * 0x1p-130f; break;
    }
  return values;
}

std::vector<int32_t> makeIds(InputKind kind, int64_t count, int64_t vocabulary, Random &random) {
  std::vector<int32_t> ids(count);
  for (auto [i, id] : llvm::enumerate(ids))
    id = kind == InputKind::Zeros             ? 0
         : kind == InputKind::Large           ? int32_t(vocabulary - 1)
         : kind == InputKind::Repeated && i   ? ids[0]
                                              : int32_t(random.below(vocabulary));
  return ids;
}

} // namespace braid::numerics
