// SPDX-License-Identifier: Apache-2.0
/// \file Element types of tensors in model files, and their sizes.
#pragma once

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include <cstdint>
#include <optional>

namespace braid::formats {

enum class DType : uint8_t {
  F64, F32, F16, BF16, I64, I32, I16, I8, U8, BOOL, F8_E4M3, F8_E5M2,
  Q4_0, Q4_1, Q5_0, Q5_1, Q8_0, Q4_K, Q5_K, Q6_K,
};

/// "F32", "Q4_K", ...: the spelling of safetensors and of GGML.
llvm::StringRef dtypeName(DType dtype);

/// The plain (not block-quantised) type that safetensors calls \p name.
std::optional<DType> dtypeFromSafetensors(llvm::StringRef name);

/// Elements that one block holds: 1 for plain types, 32 or 256 for quantised ones.
uint32_t blockElements(DType dtype);

/// Bytes of one block.
uint32_t blockBytes(DType dtype);

inline bool isQuantised(DType dtype) { return blockElements(dtype) > 1; }

/// Number of elements of \p shape, or nothing when it, or the product of its non-zero sizes, leaves int64, or a size
/// is negative. So a caller may multiply any of the sizes together.
std::optional<uint64_t> elementCount(llvm::ArrayRef<int64_t> shape);

/// Bytes of a dense tensor, or nothing when that leaves int64 or a row (the last size) is not whole blocks.
std::optional<uint64_t> byteCount(DType dtype, llvm::ArrayRef<int64_t> shape);

} // namespace braid::formats
