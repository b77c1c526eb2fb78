// SPDX-License-Identifier: Apache-2.0
/// \file
/// The element types of a KV cache, and how rows of I8 keep their scales.
#pragma once

#include "compiler/targets/cpu/CodeGen.h"
#include "compiler/targets/cpu/Emit.h"
#include "compiler/targets/cpu/WeightLayout.h"

namespace braid::cpu {

int64_t cacheElementBytes(Codes codes);
/// Bytes of a row of `dim` numbers: numbers and scales.
int64_t cacheRowBytes(Codes codes, int64_t dim);
/// f32 lanes as stored: f32 unchanged, f16 and bf16 as i16 bits, rounded to nearest even; whole numbers as i8.
mlir::Value emitToCache(Emit &e, Codes codes, mlir::Value vector);

/// 16 results of arithmetic as bits of bf16, rounded to nearest even. Kernels have no subnormal results, so the conversion
/// of machines that have one gives the bits that emitToCache gives.
mlir::Value emitToBf16(Emit &e, const Isa &isa, mlir::Value vector);

/// 16 numbers of bf16 as f32.
mlir::Value emitFromBf16(Emit &e, mlir::Value address);

/// How many groups of a row of I8 have a scale of their own; 0 for other codes.
int64_t cacheGroups(Codes codes, int64_t dim);
/// Bytes of the scales of a granule of 16 positions, which lie before its numbers: for each group 16 f32.
inline int64_t cacheScaleBytes(Codes codes, int64_t dim) { return 64 * cacheGroups(codes, dim); }

/// Numbers of I8 from `codes` on, 16 in a vector, as f32.
mlir::Value emitFromInt8(Emit &e, mlir::Value address);
/// Replaces the f32 numbers of a row (`paddedDim` of them, 64-byte aligned) by their codes, and stores the scale of each
/// group, 64 bytes apart. A row with a number that is not finite gets a scale that is not.
void emitRoundToInt8(Emit &e, int64_t paddedDim, mlir::Value row, mlir::Value scales);

/// c [rows][width * 16] = a [rows][dims] times I8 numbers that lie as keys in `width` granules.
struct Int8Product {
  int rows, width;
  int64_t dims, granuleBytes;
  mlir::Value a, aStride, granule, c, cStride;
  mlir::Value next = {}; ///< if not null, memory of which as many bytes as of the granules are prefetched
};
void emitInt8Product(Emit &e, const Isa &isa, int64_t scaleBytes, const Int8Product &product);

} // namespace braid::cpu
