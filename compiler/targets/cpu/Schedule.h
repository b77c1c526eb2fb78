// SPDX-License-Identifier: Apache-2.0
/// \file
/// How kernels are tiled, as data: register tiles, unrolls, prefetch distances and task sizes of each ISA level. No
/// number here may change a result.
#pragma once

#include "compiler/targets/cpu/CodeGen.h"

namespace braid::cpu {

/// A family of register tiles: the row counts that are instantiated (largest first, ending in 1) and the width.
struct TileSchedule {
  llvm::ArrayRef<int> rows;
  int vectors; ///< of 16 columns
  /// Panels that a task finishes together, side by side in its output: as many as a tile is wide, in pairs if gated.
  int unitPanels(bool gated) const { return gated ? (vectors + 1) / 2 * 2 : vectors; }
};

struct Schedule {
  TileSchedule dense;    ///< f32 accumulators only: dense weights
  TileSchedule widened;  ///< quantised weights widened to f32 in registers
  TileSchedule integer;  ///< int8 dot products, one group a column: i32 accumulators only
  TileSchedule grouped;  ///< int8 dot products with a scale a group: i32 and f32 accumulators
  TileSchedule paired;   ///< bf16 dot products: twice the work of a load, so as few loads as the registers allow
  int64_t prefetchBytes; ///< how far ahead of the loads single-row kernels prefetch weights (into L2: L1 has too few
                         ///< misses in flight; 4 KB and more ahead works against the hardware prefetchers)
  int prefetchLevel;     ///< into which cache: 3 L1, 2 L2
  int64_t rowBlockBytes; ///< bytes of prepared activations that a task walks for each group of panels
  int64_t taskBytes;     ///< bytes of weights (times rows) worth a task, beyond one a thread
  int tasksPerThread;
  int expertTasksPerThread; ///< fewer: a task of a mixture of experts starts anew in each expert's weights
};

const Schedule &scheduleFor(const Isa &isa);

/// Whether the level has 512-bit dot products of bf16 pairs and they do more than f32 multiply-adds.
bool hasBf16Dot(const Isa &isa);

} // namespace braid::cpu
