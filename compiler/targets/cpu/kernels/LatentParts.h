// SPDX-License-Identifier: Apache-2.0
/// \file
/// The parts of attention over latent rows.
#pragma once

#include "compiler/targets/cpu/kernels/AttentionParts.h"
#include "compiler/targets/cpu/kernels/LatentAttention.h"

namespace braid::cpu {

/// The two forms as specs of the tile: absorbed, all heads share one key head of rank + rope dims, and its values are the
/// latents; expanded, each head has keys of nope + rope dims and values of its own.
Attention absorbedForm(const LatentAttention &spec);
Attention expandedForm(const LatentAttention &spec);
AttentionShape absorbedShape(const LatentAttention &spec, const Attention &form, const Isa &isa);
AttentionShape expandedShape(const LatentAttention &spec, const Attention &form, const Isa &isa);
inline int64_t paddedRank(const LatentAttention &spec) { return llvm::alignTo(spec.rank, kLanes); }
int64_t absorbedScratch(const LatentAttention &spec, int64_t rows);
int64_t expandedScratch(const LatentAttention &spec, int64_t rows);

/// `void <name>_latents(ptr granule, ptr to)`: the latents of 16 positions as rows of paddedRank f32; what pads them is
/// not zero.
mlir::LLVM::LLVMFuncOp emitLatentRows(Emit &emit, const LatentAttention &spec);

/// Writes `width` numbers times `factor` (a vector) to `to`, and nothing beyond them.
void emitScaledCopy(Emit &emit, mlir::Value from, mlir::Value to, int64_t width, mlir::Value factor);

/// W_uv of a head times `count` rows of latents of `rowBytes` each: writes `width` values of each to where `lineOf`
/// says that a row's begin.
void emitValues(Emit &emit, const Isa &isa, const LatentAttention &spec, mlir::Value valueWeight, mlir::Value head,
                mlir::Value rows, int64_t rowBytes, mlir::Value count, int64_t width,
                llvm::function_ref<mlir::Value(mlir::Value row)> lineOf);

/// The running state of a task's tile rows: maxima, sums and outputs on the stack.
struct TileState {
  mlir::Value maxima, sums, outputs;
  TileState(Emit &emit, const AttentionShape &shape);
  void start(Emit &emit, const AttentionShape &shape, mlir::Value count) const;
  /// The tile's last four pointers for its tile rows from `row` on.
  llvm::SmallVector<mlir::Value> at(Emit &emit, const AttentionShape &shape, mlir::Value row) const;
};

/// Both emit code for a call whose rows are in the cache; args are those of emitLatentAttention.
void emitAbsorbed(Emit &emit, const Isa &isa, const LatentAttention &spec, mlir::ValueRange args);
void emitExpanded(Emit &emit, const Isa &isa, const LatentAttention &spec, mlir::ValueRange args);

} // namespace braid::cpu
