// SPDX-License-Identifier: Apache-2.0
/// \file
/// The chunkwise form and the associative combine of a recurrence, as functions on tensors.
#pragma once

#include "passes/derive/Normal.h"

namespace braid::derive {

/// What a chunk function is made for: one group of heads that share what the variant marks `shared`.
struct ChunkShape {
  int64_t K = 0, V = 0;
  int64_t ratio = 1;   ///< heads of the group
  int64_t tokens = 64; ///< of a chunk: a multiple of `block`
  int64_t block = 16;  ///< tokens between two anchors of key-channel decays: a multiple of 4

  /// Whether the sizes are such.
  llvm::Error check() const;
};

/// Defines `@<variant>_chunk(states, inputs, tokens) -> (next states, output)` in `module`: `shape.tokens` tokens of a
/// group of heads at once, of which the first `tokens` count; others are exact no-ops, whatever their inputs hold.
///
/// Types, all of f32, where R is the ratio (left out when it is 1), C the tokens of the chunk: a state R x K x V, a
/// column R x K; an input R x C x width, without R when it is `shared`, without C when it is `constant`, width being K,
/// V or (a scalar) none; the output R x C x V.
///
/// Fails when the form has no chunk form (`form.hasChunk()`) or the shape is none. No exponent is ever positive, which
/// --braid-verify-exponents proves of the result.
llvm::Expected<mlir::func::FuncOp> deriveChunk(mlir::ModuleOp module, const NormalForm &form, const ChunkShape &shape);

/// Defines `@<variant>_transition(inputs, tokens) -> (A, B, ...)`: a chunk as an affine map `S -> A S + B` of the
/// states, a pair for the states (stacked along K when there are several, n of them: A is R x nK x nK, B R x nK x V), then one
/// for the columns (B is R x nK x 1); only what the variant has. Conditions as above.
llvm::Expected<mlir::func::FuncOp> deriveTransition(mlir::ModuleOp module, const NormalForm &form,
                                                    const ChunkShape &shape);

/// Defines `@<variant>_combine(A1, B1, ..., A2, B2, ...) -> (A, B, ...)`: the earlier map, then the later one, as one
/// map: `A2 A1` and `A2 B1 + B2`. Associative, so chunks may be combined in any order. Conditions as above.
llvm::Expected<mlir::func::FuncOp> deriveCombine(mlir::ModuleOp module, const NormalForm &form,
                                                 const ChunkShape &shape);

} // namespace braid::derive
