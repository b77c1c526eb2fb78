// SPDX-License-Identifier: Apache-2.0
/// \file
/// The parts of the attention kernel, each in its own file: the numbers they agree on, and what each emits.
#pragma once

#include "compiler/targets/cpu/AttentionSchedule.h"
#include "compiler/targets/cpu/kernels/Attention.h"

namespace braid::cpu {

/// The numbers that follow from a spec. All strides are in bytes.
///
/// Scratch: q [kvHeads][rows * group][paddedDim] f32, scaled; then, for calls of few rows, what splits leave behind:
/// per key head and tile row 32 maxima, 32 sums, and maxSplits rows of paddedDim unnormalised outputs.
struct AttentionShape {
  AttentionShape(const Attention &spec, const Isa &isa);

  AttentionSchedule schedule;
  int64_t group;        ///< query heads of a key head
  int64_t paddedDim;    ///< headDim rounded up to 16
  int64_t vectors;      ///< paddedDim / 16
  int64_t valueVectors; ///< 16 of valueDim, rounded up
  int64_t elementBytes; ///< of the cache
  bool dots;            ///< tiles multiply pairs of BF16: queries and weights are BF16 too
  int64_t productBytes; ///< of the cache, for a lane's multiply-add (of a pair, for dots) with each tile row
  int64_t rowBytes;     ///< of a cache row
  int64_t qStride;      ///< of a tile row in scratch
  int64_t outStride;    ///< of a tile row in a task's output block
  int64_t partialBytes; ///< of what the splits of one tile row leave behind
  // What tiles read, which need not be the cache itself.
  Codes keyCodes, valueCodes;
  int64_t keyGranule; ///< from 16 keys to the next 16
  int64_t keyStep;    ///< from a dim of 16 keys to the next
  int64_t valueStep;  ///< from a value row to the next
  int64_t scaleBytes;   ///< of a granule of I8, before its numbers; else 0
  int64_t valueGranule; ///< from 16 value rows to the next 16
};
inline constexpr int64_t kSplitSlots = 32; ///< most splits, as places for their maxima and sums
/// Running maxima and the scores under them are in units of ln 2, so that weights are powers of two: without a score
/// region q carries this factor, otherwise what the region yields is multiplied by it.
inline constexpr double kLog2E = 1.4426950408889634;

/// Bytes of the q part of the scratch, a multiple of 64.
int64_t attentionQueryBytes(const Attention &spec, int64_t rows);

/// A position's place in a plane: the byte offset of its granule of 16.
mlir::Value emitGranuleOffset(Emit &e, const AttentionShape &shape, mlir::Value position, mlir::Value cacheRows);

/// The rows position .. position + rows - 1 of q, k and v: norm, rope, scale; q into scratch (as BF16 for
/// dots), k and v into the cache.
void emitAttentionPrologue(Emit &e, const Attention &spec, const AttentionShape &shape, mlir::Value call,
                           mlir::ValueRange args);

/// `void <name>_tile(q, count, keys, values, scores, maxima, sums, out, first key, key count, oldest, end, position,
/// first tile row, key head)`: one step of the online softmax, `count` tile rows over one block of keys. A tile row has
/// a running maximum (f32), a sum (16 f32) and paddedDim outputs.
mlir::LLVM::LLVMFuncOp emitAttentionTile(Emit &e, const Isa &isa, const Attention &spec, const AttentionShape &shape);

/// `void <name>_merge(partials of a tile row, splits, out row)`: the softmax over all splits, in the order of the keys.
mlir::LLVM::LLVMFuncOp emitAttentionMerge(Emit &e, const Attention &spec, const AttentionShape &shape);

/// 16 x 16 numbers.
void emitTranspose(Emit &e, llvm::SmallVector<mlir::Value> &rows);

/// One row of keys at `from` (paddedDim f32) into lane `lane` of its granule of the cache.
void emitScatterKey(Emit &e, Codes cache, const AttentionShape &shape, mlir::Value from, mlir::Value granule,
                    mlir::Value lane);

/// Stores the first headDim lanes of `vectors` (16 lanes each) at `out`.
void emitStoreHead(Emit &e, int64_t headDim, mlir::ValueRange vectors, mlir::Value out);

} // namespace braid::cpu
