// SPDX-License-Identifier: Apache-2.0
/// \file
/// The epilogue of contractions: from a tile of f32 accumulators to the output.
#pragma once

#include "compiler/targets/cpu/kernels/Contraction.h"

namespace braid::cpu {

/// Emits `void(ptr tile, i64 rows, ptr out, i64 outStride, ptr bias, ptr upBias, ptr residual, i64 columns
/// [, f32 factor, f32 upFactor])`, the last two with factors alone, for tiles of [rows][panels * 16] f32. `out`, `bias`,
/// `upBias` and `residual` point to the tile's first row and column; `columns` of them exist (more than the tile has:
/// all). Panels of a gated tile are in turn of the gate and of what it gates, which has `upBias` and `upFactor`.
mlir::LLVM::LLVMFuncOp emitEpilogue(Emit &emit, const Contraction &spec, int64_t panels);

} // namespace braid::cpu
