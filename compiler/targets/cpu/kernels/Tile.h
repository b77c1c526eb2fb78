// SPDX-License-Identifier: Apache-2.0
/// \file
/// The micro-kernel that contractions and attention share: C[m][n] (+)= A[m][k] W[k][n] on one register tile, for every
/// weight format. One emitter, parametrised; nothing here knows what the numbers mean.
#pragma once

#include "compiler/targets/cpu/CodeGen.h"
#include "compiler/targets/cpu/Emit.h"
#include "compiler/targets/cpu/WeightLayout.h"

namespace braid::cpu {

/// The tile for dense (F32, F16, BF16) weights that lie as vectors of 16 columns: vector (k, j) at
/// weights + j * panelStride + k * kStride (for BF16 in pair layout: k counts pairs; `rowBf16` says plain rows of bf16).
struct DenseTile {
  Codes codes = Codes::F32;
  int rows = 1;           ///< m
  int vectors = 1;        ///< n / 16
  bool accumulate = false; ///< start from C instead of zero
  bool rowBf16 = false;    ///< BF16 as [k][16] (a KV cache) instead of pairs; for bf16Rows, pairs of them are made
                           ///< in registers
  bool prefetch = false;   ///< one more argument: memory that is needed next, of which as many bytes as of the weights
                           ///< go to the second-level cache, in sequence
  bool bf16Rows = false;   ///< a holds BF16 too: sums of products of pairs
  bool packedRows = false; ///< of pairs made in registers: kStride is 32. Otherwise panelStride is
  bool scaled = false;     ///< one more argument, before that one: a factor for each column, f32, from one vector of
                           ///< columns to the next as far as weights are. The product is multiplied before it is added
  int64_t skip = 0;        ///< bytes between 16 k and the next 16, beside kStride
};

/// Emits (once a module, by name) `void(ptr a, i64 aStride, ptr weights, i64 panelStride, i64 kStride, i64 k,
/// ptr c, i64 cStride)`. Strides are in bytes; a and c are f32, but for bf16Rows.
mlir::LLVM::LLVMFuncOp emitDenseTile(Emit &emit, const Isa &isa, const DenseTile &tile);

/// The row counts that tiles are instantiated for, largest first, ending in 1; and a tile's width in vectors.
llvm::ArrayRef<int> tileRows(const Isa &isa);
int tileVectors(const Isa &isa);

/// Emits code that covers `rows` rows by tiles: body(firstRow value, row count of this tile) for full tiles in a loop,
/// then for the tail.
void forRowTiles(Emit &emit, const Isa &isa, mlir::Value rows,
                 llvm::function_ref<void(mlir::Value first, int count)> body);

} // namespace braid::cpu
