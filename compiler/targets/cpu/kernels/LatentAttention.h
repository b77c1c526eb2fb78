// SPDX-License-Identifier: Apache-2.0
/// \file
/// Softmax attention over latent rows (MLA): a call of few tokens with W_uk and W_uv absorbed into queries and outputs, a
/// call of many with keys and values expanded a block at a time.
#pragma once

#include "compiler/targets/cpu/kernels/Attention.h"
#include "compiler/targets/cpu/kernels/Contraction.h"
#include "compiler/targets/cpu/kernels/RowProgram.h"

namespace braid::cpu {

/// The cache of one layer is a row state (braid_abi.h) of one plane: granules of 16 positions, [rows / 16][rank + rope][16],
/// dims padded to a multiple of 16.
struct LatentAttention {
  std::string name;
  int64_t heads = 1, nope = 128, rope = 64, value = 128, rank = 512;
  double scale = 1;
  WeightLayout valueLayout; ///< of W_uv, k = rank
  Attention variant;        ///< of which cache, score, mask and block count

  int64_t rowBytes() const; ///< of the cache
  int64_t keyWeightBytes() const { return (heads * nope * rank + kKeyWeightSlack) * 4; }
  int64_t scratchBytes(int64_t rows) const;
  /// Numbers behind W_uk that may be read: its rows are read as whole vectors.
  static constexpr int64_t kKeyWeightSlack = 16;
};

/// Emits `void <name>(ptr call, i64 rows, ptr qNope, ptr qRope, ptr latent, ptr kRope, ptr keyWeight, ptr valueWeight,
/// ptr state, ptr scratch, ptr out)`. All but the weights are f32, [rows][heads][..] or [rows][..]; keyWeight is
/// [heads][nope][rank] f32, valueWeight the packed panels of one head after the other. Appends, then attends; a row with
/// no visible key gives zeros. With a `prologue` there are its inputs, weights and outputs behind `out`: a task computes
/// its rows of the outputs before it appends, and any of qRope, latent and kRope may be one of them.
mlir::LLVM::LLVMFuncOp emitLatentAttention(Emit &emit, const Isa &isa, const LatentAttention &spec,
                                           const RowProgram &prologue = {});

} // namespace braid::cpu
