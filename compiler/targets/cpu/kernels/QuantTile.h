// SPDX-License-Identifier: Apache-2.0
/// \file
/// Micro-kernels for quantised weights: with f32 activations (codes widened to f32 in registers) and with int8
/// activations (integer dot products, scaled a group at a time).
#pragma once

#include "compiler/targets/cpu/Schedule.h"
#include "compiler/targets/cpu/WeightLayout.h"
#include "compiler/targets/cpu/kernels/Contraction.h"

namespace braid::cpu {

/// A row of int8 activations is a sequence of blocks, one a weight group: the codes, then 16 bytes
/// {f32 scale, f32 scale * sum of codes, i32 -zero * sum of codes, 0}. With VNNI a code is an int8; without, an int16,
/// and each four codes lie as (0, 2, 1, 3), the order of the weights' even and odd bytes.
inline constexpr int64_t kBlockTailBytes = 16;
inline int64_t activationCodeBytes(const Isa &isa) { return isa.vnni ? 1 : 2; }
inline int64_t activationBlockBytes(const Isa &isa, const WeightLayout &layout) {
  return layout.groupSize() * activationCodeBytes(isa) + kBlockTailBytes;
}

struct QuantTile {
  WeightLayout layout; ///< k is ignored
  ActivationType activations = ActivationType::F32;
  int rows = 1, vectors = 1;
};

/// The tiles that the schedule has for a layout, dense or quantised.
const TileSchedule &tilesFor(const Isa &isa, const WeightLayout &layout, ActivationType activations);

/// Emits (once a module, by name) `void(ptr a, i64 aStride, ptr weights, i64 panelStride, i64 count, ptr c,
/// i64 cStride)`: c[row][column] f32 of panels at weights + j * panelStride. Strides are in bytes. a holds f32 or the
/// blocks above; count is the number of groups, or of 32 k where the layout has one group a column.
mlir::LLVM::LLVMFuncOp emitQuantTile(Emit &emit, const Isa &isa, const QuantTile &tile);

} // namespace braid::cpu
