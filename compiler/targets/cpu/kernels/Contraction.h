// SPDX-License-Identifier: Apache-2.0
/// \file
/// The contraction kernel: y = epilogue(W prologue(x)), one or several weight matrices side by side.
#pragma once

#include "compiler/targets/cpu/CodeGen.h"
#include "compiler/targets/cpu/Emit.h"
#include "compiler/targets/cpu/WeightLayout.h"
#include "compiler/targets/cpu/kernels/Nonlinearity.h"

namespace braid::cpu {

enum class ActivationType : uint8_t {
  F32, ///< exact: f32 activations, codes widened to f32
  Q8,  ///< int8 activations, a scale per 32 elements of a row (per row where the weights have one group a column)
  BF16, ///< rounded to bf16, for BF16 weights: sums of products of pairs
};

/// What micro-kernels read where `wanted` was asked for: F32 where the weights or the ISA level have no such products.
ActivationType activationsFor(const Isa &isa, const WeightLayout &layout, ActivationType wanted);

/// The types that a model's contractions ask for: int8 for quantised weights, bf16 for bf16 ones, else or `exact` f32.
ActivationType activationsOf(const WeightLayout &layout, bool exact);

/// Weights [n_i][k] of all `segments` share x. Each segment is packed from a panel boundary (WeightLayout::panels);
/// gated pairs are interleaved panel by panel: gate 0, up 0, gate 1, up 1, ...
struct Contraction {
  std::string name;
  WeightLayout layout;
  llvm::SmallVector<int64_t> segments; ///< out-features of each matrix; one output buffer each (one for a gated pair)
  ActivationType activations = ActivationType::F32;
  // Prologue: RMS norm over k, x * rsqrt(mean x^2 + eps) * gamma.
  bool norm = false;
  double epsilon = 0;
  // Epilogue, in this order: + bias, times factor, nonlinearity, (gated: times the second segment), + residual.
  bool bias = false; ///< f32, the segments' biases one after the other, unpadded
  llvm::SmallVector<double> factors = {}; ///< of each segment; empty: all 1
  Nonlinearity nonlinearity = Nonlinearity::None;
  bool gated = false; ///< exactly two segments of equal n: y = f(gate) * up
  bool residual = false;
  /// The segment whose rows a row epilogue reads instead of the caller; -1: none.
  int64_t rowSegment = -1;

  /// Of all segments and pairs, the one that a row epilogue reads among them.
  int64_t outputs() const { return gated ? 1 : segments.size(); }
  int64_t packedBytes() const;
  /// Bytes of scratch that a call with `rows` rows needs: prepared activations, and what a row epilogue reads.
  int64_t scratchBytes(int64_t rows) const;
};

/// Emits `void <name>(ptr call, i64 rows, ptr x, ptr gamma, ptr weights, ptr bias, ptr residual, ptr scratch,
/// ptr out_0, ...)` and what it calls. x [rows][k], residual and outputs [rows][n_i] are f32, row-major, dense; gamma
/// and bias are f32. Pointers that the spec does not use are ignored. Outputs must not alias x or each other; residual
/// may equal the output.
///
/// With a rowSegment, `rowEpilogue` is a `void(i64 first, i64 end, ptr values, ptr...)` over rows of that segment's
/// values, [rows][n] f32 in the scratch. It runs when all tasks are done, of a single row on the caller's thread. The
/// segment has no out pointer then; the pointers behind `values` come after the others.
mlir::LLVM::LLVMFuncOp emitContraction(Emit &emit, const Isa &isa, const Contraction &spec,
                                       mlir::LLVM::LLVMFuncOp rowEpilogue = {});

/// Several contractions that wait for nothing of each other, as one function `void <name>(ptr call, i64 rows, ptr...)`: the
/// pointers of each, as above, one after the other. Their tasks share fork-joins; the specs have names of their own.
mlir::LLVM::LLVMFuncOp emitContractions(Emit &emit, const Isa &isa, llvm::StringRef name, llvm::ArrayRef<Contraction> specs,
                                        llvm::ArrayRef<mlir::LLVM::LLVMFuncOp> rowEpilogues);

/// Emits `void <name>(ptr call, i64 rows, ptr tokens (i32), ptr weights, ptr out)`: out[r] = column tokens[r] of
/// the packed matrix of `vocab` columns, as f32 [rows][layout.k], times `scale`.
mlir::LLVM::LLVMFuncOp emitEmbed(Emit &emit, const Isa &isa, llvm::StringRef name, const WeightLayout &layout,
                                 int64_t vocab, double scale);

} // namespace braid::cpu
