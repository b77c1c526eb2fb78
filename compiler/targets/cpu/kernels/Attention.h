// SPDX-License-Identifier: Apache-2.0
/// \file
/// The softmax attention kernel over a KV cache: prologue (QK norm, rope, cache append), online softmax over key
/// blocks, split over keys for decode.
#pragma once

#include "compiler/targets/cpu/CodeGen.h"
#include "compiler/targets/cpu/Emit.h"
#include "compiler/targets/cpu/WeightLayout.h"

namespace braid::cpu {

/// The cache of one layer is a row state (braid_abi.h) of 2 * kvHeads planes: first the keys of each head, then its
/// values. Keys lie in granules of 16 positions, [rows / 16][headDim][16]; values as [rows][valueDim]. Position p is
/// row p % rows. Both are padded with zeros to a multiple of 16 dims, so that planes and rows are whole vectors. Granules
/// of I8 begin with their scales (CacheElement.h).
struct Attention {
  std::string name;
  int64_t heads = 1, kvHeads = 1;
  int64_t headDim = 64, valueDim = 64;
  double scale = 1;              ///< times q k, before the score region
  Codes cache = Codes::F16;      ///< F32, F16, BF16 (plain rows) or I8
  bool rounds = false;           ///< queries and weights may be rounded to the BF16 of the rows, where hasBf16Dot
  bool qkNorm = false;           ///< RMS norm of each head of q and k, with weights, before rope
  double epsilon = 0;
  int64_t ropeDims = 0;          ///< leading dims of a head that rotate; 0: none
  bool interleaved = false;      ///< pairs (2i, 2i+1) instead of (i, i + ropeDims / 2)
  int64_t window = 0;            ///< >0: keys older than this many positions may have left the cache

  /// Emits the score: value of the score region for (score vector of 16 keys, query head i64, query position i64, key
  /// positions vector<16xi64>). Null: unchanged.
  std::function<mlir::Value(Emit &, mlir::Value score, mlir::Value head, mlir::Value query, mlir::Value keys)> score;
  /// Emits the mask: vector<16xi1>, true where the key may be seen. Null: every key up to the last token of the call.
  std::function<mlir::Value(Emit &, mlir::Value head, mlir::Value query, mlir::Value keys)> mask;
  /// Emits what the mask says of a block: for queries [q0, q1] and keys [k0, k1] (inclusive, i64), two i1:
  /// some = a pair may be visible, all = every pair is visible. Null: some = true, all = false.
  std::function<std::pair<mlir::Value, mlir::Value>(Emit &, mlir::Value head, mlir::Value q0, mlir::Value q1,
                                                    mlir::Value k0, mlir::Value k1)> block;

  int64_t rowBytes() const; ///< bytes of a row of a plane
  int64_t scratchBytes(int64_t rows) const;
};

/// Emits `void <name>(ptr call, i64 rows, ptr q, ptr k, ptr v, ptr qGamma, ptr kGamma, ptr rope, ptr state,
/// ptr scratch, ptr out)`. q and out are [rows][heads][headDim] f32, k and v [rows][kvHeads][headDim]; rope is
/// [rows][ropeDims / 2 cosines, ropeDims / 2 sines] f32; state points to this layer's braid_state. Appends rows
/// position .. position + rows - 1 (call's position), then attends. headDim and valueDim are equal here. A row with no visible key gives zeros.
mlir::LLVM::LLVMFuncOp emitAttention(Emit &emit, const Isa &isa, const Attention &spec);

/// Emits `void <name>(ptr call, i64 rows, ptr out)`: cosines and sines of the angles position * frequency, rounded as
/// f32 products as transformers does, times `factor`; out [rows][n cosines, n sines].
mlir::LLVM::LLVMFuncOp emitRopeTable(Emit &emit, llvm::StringRef name, llvm::ArrayRef<float> frequencies,
                                     double factor);

} // namespace braid::cpu
