// SPDX-License-Identifier: Apache-2.0
/// \file
/// The normal form of one token's step: what is read from the state before the token, and what the token makes of it.
#pragma once

#include "passes/derive/Expr.h"

namespace braid::derive {

/// What a step allows, from the most to the least.
enum class Structure {
  /// S' = (Diag(a) - sum b c^T) S + sum x y^T, the same for all columns: every form.
  Affine,
  /// Affine, but some coefficient differs between columns: step and scan.
  ColumnAffine,
  /// The writes are no affine functions of the reads, but columns are independent: step and scan.
  Nonlinear,
  /// The state is used in another way than by decays, reads and writes with keys that are free of it: the step alone.
  Opaque,
};

/// "affine", "affine by columns", "not affine", "opaque".
llvm::StringRef nameOf(Structure structure);

/// How one state decays over the whole token: by exp(scalarLog), each key channel by exp(keyLog), and each value channel
/// by exp(valueLog). noExpr is none.
struct Decay {
  ExprId scalarLog = noExpr, keyLog = noExpr, valueLog = noExpr;
  /// exp of the logarithms, or noExpr.
  ExprId scalarFactor = noExpr, keyFactor = noExpr, valueFactor = noExpr;
  /// Whether each gate is known to be at most 0.
  bool nonPositive = true;
  /// Whether it is the same for all tokens.
  bool isConstant = true;
  bool isNone() const { return scalarLog == noExpr && keyLog == noExpr && valueLog == noExpr; }
};

/// One read of a state as it was before the token: `r = S^T key`, a value (of a column: a scalar).
struct Read {
  unsigned state;
  /// Free of the state and of scalar factors: `exp(log) * raw`, where log is the key decay before the read (or noExpr).
  ExprId key, raw, log = noExpr;
};

/// `coefficient * read`: a scalar coefficient is the same for all columns, one of value width is not.
struct Term {
  unsigned read;
  ExprId coefficient;
};

/// `base + sum of terms`, where base (noExpr: zero) and the coefficients are free of the state.
struct Affine {
  ExprId base = noExpr;
  llvm::SmallVector<Term> terms;
};

/// One term of the update: `S' = ... + key value^T`.
struct Write {
  unsigned state;
  /// Free of the state and of scalar factors: `exp(log) * raw`, where log is the key decay after the write (or noExpr).
  ExprId key, raw, log = noExpr;
  /// An expression over inputs and reads, elementwise along the columns; scalar for a column.
  ExprId value = noExpr;
  /// The same, taken apart; nothing when it is not affine in the reads.
  std::optional<Affine> affine = {};
};

/// `kv K V + k K + v V + one`, for one head and token.
struct Cost {
  double kv = 0, k = 0, v = 0, one = 0;
  double at(double K, double V) const { return kv * K * V + k * K + v * V + one; }
  /// "7 K V + 2 K".
  std::string text() const;
};

/// A step in normal form. For a token, with S the states before it:
///   1. `reads[i] = S^T key`: the keys are functions of the token's inputs alone;
///   2. each write's value and the output, from inputs and reads, in the order of the pool;
///   3. `S' = exp(decay) S + sum key value^T`, where decays by value channels are on the right of S.
/// So one sweep over S updates it for this token and reads from it for the next one. No column needs another column.
struct NormalForm {
  attn::RecurrenceOp op;
  Structure structure = Structure::Affine;
  /// Why the structure is not Affine, and the op that made it so.
  std::string reason = {};
  std::optional<mlir::Location> reasonAt = {};

  /// All below is empty when the structure is Opaque.
  ExprPool pool = {};
  std::vector<Decay> decays = {}; ///< one a state
  std::vector<Read> reads = {};
  std::vector<Write> writes = {};
  ExprId output = noExpr;
  /// The output taken apart, when it is affine in the reads.
  std::optional<Affine> outputAffine = {};

  /// Its name in the taxonomy, or "-": C without and D with a delta rule; then how it decays, 0 not at all, 1 by a
  /// constant, 2 by a scalar, 3 by key channels. A delta rule on a state that is not yet decayed is D1', D2' or D4.
  std::string classification = {};

  bool hasScan() const { return structure != Structure::Opaque; }
  /// The chunkwise form and its associative combine: affine with one transition for all columns, and decays that are
  /// known to be at most 0, so that no exponent is ever positive.
  bool hasChunk() const;

  /// Whether state `index` is a column, of K numbers.
  bool isColumn(unsigned index) const;
  /// Arithmetic of a token and head in step and scan alike: a multiply-add is 2.
  Cost flops() const;
  /// f32 bytes that a step moves: states read and written, inputs read, output written.
  Cost stepBytes() const;
  /// f32 bytes that a token of a scan moves: inputs read, output written; the states stay in cache.
  Cost scanBytes() const;
  /// f32 bytes of all states of a head: what snapshot, fork and rollback copy.
  Cost stateBytes() const;

  /// Every expression below `roots`, in an order in which operands come first.
  std::vector<ExprId> schedule(llvm::ArrayRef<ExprId> roots) const;
  /// Every expression that step and scan need: keys, decay factors, values, the output.
  std::vector<ExprId> schedule() const;

  /// The algebra as people write it: what is on the left of each equation, and what is on its right. Reads, then what
  /// is written, the output, the next states. Empty for an opaque form.
  std::vector<std::pair<std::string, std::string>> equations() const;
  /// Writes the algebra and its cost for people.
  void print(llvm::raw_ostream &stream) const;
};

/// Brings a variant's step into normal form. Never fails: a step that has none is Opaque, with a reason.
NormalForm normalize(attn::RecurrenceOp op);

} // namespace braid::derive
