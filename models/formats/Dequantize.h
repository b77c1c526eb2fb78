// SPDX-License-Identifier: Apache-2.0
/// \file Rows of any tensor type as float, and quantised rows as codes with a scale and a minimum per group.
///
/// Every format of GGML is affine within small groups, so one canonical form holds them all:
///
///     value = scale * code + min        code unsigned, one scale and one min for 16 or 32 neighbours
///
/// | type             | group | code      | scale      | min             |
/// |------------------|-------|-----------|------------|-----------------|
/// | Q4_0             | 32    | 0 .. 15   | d          | -8 d            |
/// | Q4_1             | 32    | 0 .. 15   | d          | m               |
/// | Q5_0             | 32    | 0 .. 31   | d          | -16 d           |
/// | Q5_1             | 32    | 0 .. 31   | d          | m               |
/// | Q8_0             | 32    | 0 .. 255  | d          | -128 d          |
/// | Q4_K             | 32    | 0 .. 15   | d S_j      | -(dmin M_j)     |
/// | Q5_K             | 32    | 0 .. 31   | d S_j      | -(dmin M_j)     |
/// | Q6_K             | 16    | 0 .. 63   | d S_j      | -32 d S_j       |
///
/// Exactness: d, m and dmin are f16 (11 bits). scale, min and scale * code need at most 24 bits each, so they are
/// exact in float, and the one addition rounds at most once. With finite d, m and dmin, `scale * code + min` computed
/// in float, fused or not, therefore has the bits of the dequantised value. For the types whose min is a multiple of
/// the scale (`zeroPoint`), the sum is exact as well, and a zero is
/// +0 whatever the sign of d. A d that is infinite or NaN gives some non-finite value.
#pragma once

#include "models/formats/TensorFile.h"

namespace braid::formats {

/// Whether rows of that type can be read as float: F32, F16, BF16 and the quantised types.
bool canDequantize(DType dtype);

/// Reads \p count elements, which must be whole blocks of a type that canDequantize. \p source needs no alignment.
void dequantizeRow(DType dtype, const uint8_t *source, int64_t count, float *result);

/// Reads rows [\p first, \p first + \p count) of a tensor into \p result, which must have room for exactly these.
llvm::Error dequantizeRows(const Tensor &tensor, int64_t first, int64_t count, llvm::MutableArrayRef<float> result);

/// The canonical form of a quantised type.
struct GroupFormat {
  uint32_t group;    ///< Elements that share a scale and a min: 16 or 32.
  uint32_t bits;     ///< Codes are below 1 << bits.
  int32_t zeroPoint; ///< min == -zeroPoint * scale exactly; or -1: min is free.
};

/// The canonical form of a type; nothing for plain types.
std::optional<GroupFormat> groupFormat(DType dtype);

/// Unpacks \p count elements (whole blocks of a quantised type): \p codes gets one byte an element, in element order;
/// \p scales and \p mins get one float a group.
void unpackRow(DType dtype, const uint8_t *source, int64_t count, uint8_t *codes, float *scales, float *mins);

/// Unpacks rows [\p first, \p first + \p count) of a quantised tensor. The three outputs must have room for exactly
/// `count * rowElements` codes and `count * rowElements / group` scales and mins.
llvm::Error unpackBlocks(const Tensor &tensor, int64_t first, int64_t count, llvm::MutableArrayRef<uint8_t> codes,
                         llvm::MutableArrayRef<float> scales, llvm::MutableArrayRef<float> mins);

} // namespace braid::formats
