// SPDX-License-Identifier: Apache-2.0
/// \file
/// The parts that chunk functions are made of.
///
/// Within a chunk, with S the state before it, and sums of logarithms over the tokens in between (all at most 0):
///   what read m of token r finds = E_m[r] S + sum over writes j of tokens i < r of M_mj[r, i] N_j[i]
///   E_m[r] = exp(logs of tokens before r, and of the read) * raw key      (C x K)
///   M_mj[r, i] = sum_k exp(logs of the read, of tokens between i and r, of the write) raw_m[r, k] raw_j[i, k]
///   the state after it = exp(all logs) S + sum_j F_j^T N_j,  F_j[i] = exp(log of the write, logs after i) * raw key
/// What is written, N_j = base + sum_m coefficient * read, is then the solution of a unit lower triangular system.
#pragma once

#include "passes/derive/Chunk.h"
#include "passes/derive/ChunkTensors.h"

namespace braid::derive {

class ChunkEmitter {
public:
  ChunkEmitter(mlir::ModuleOp module, const NormalForm &form, const ChunkShape &shape);

  /// Opens `@<variant>_<suffix>` with or without the states as first arguments, and within it the loop over the heads
  /// of the group; `results` are the types for one head.
  void begin(llvm::StringRef suffix, bool hasStates, llvm::ArrayRef<mlir::RankedTensorType> results);
  /// Closes it with the results of one head.
  mlir::func::FuncOp end(mlir::ValueRange results);

  // ChunkExpr.cpp: the algebra of a token, for all tokens at once (C x width, a scalar C).
  mlir::Value expr(ExprId id);
  /// The same, 0 for the tokens that do not count; null for noExpr.
  mlir::Value masked(ExprId id);
  /// Logarithms, made at most 0 where rounding could lift them above.
  mlir::Value maskedLog(ExprId id);
  /// Gives a read, or what is written, its value.
  void define(ExprId id, mlir::Value value) { values[id] = value; }
  bool isDefined(ExprId id) const { return values.count(id); }
  /// State `index` before the chunk, K x columns.
  mlir::Value state(unsigned index);

  // ChunkDecay.cpp: sums of logarithms. Each is null when the state does not decay so.
  struct ScalarDecay {
    mlir::Value before, after, total; ///< C, C, and one number
    mlir::Value between;              ///< C x C: exp, and 0 where i >= r
  };
  struct KeyDecay {
    mlir::Value log;                  ///< blocks x block x K, and so are before and after, which stay in the block
    mlir::Value before, after;
    mlir::Value earlier, later;       ///< blocks x K: of all blocks before and after
    mlir::Value total;                ///< K
    mlir::Value between;              ///< blocks x blocks x K: exp of the blocks between two blocks
  };
  const ScalarDecay &scalarDecay(unsigned state);
  const KeyDecay &keyDecay(unsigned state);
  mlir::Value readFactor(unsigned read);   ///< E_m
  mlir::Value writeFactor(unsigned write); ///< F_j
  /// exp(all logs) * x, for x of K rows.
  mlir::Value decayed(unsigned state, mlir::Value x);

  // ChunkPairs.cpp
  /// M_mj, or null when they are of different states.
  mlir::Value pairs(unsigned read, unsigned write);

  // ChunkSolve.cpp
  /// (I - x)^-1 for a strictly lower triangular x of n x n.
  mlir::Value inverse(mlir::Value x);
  /// What the writes of all states (or of all columns) are: N_j = direct_j + sum over states of weight_js S_s.
  struct Writes {
    llvm::SmallVector<unsigned> states;
    llvm::SmallVector<unsigned> writes;
    llvm::SmallVector<mlir::Value> direct;                     ///< C x columns; null: zero
    llvm::SmallVector<llvm::SmallVector<mlir::Value>> weights; ///< C x K; null: zero
  };
  Writes solve(bool ofColumns);

  const NormalForm &form;
  const ChunkShape shape;
  Tensors b;

protected:
  mlir::ModuleOp module;
  attn::RecurrenceOp op; ///< accessors of ops are not const

private:
  bool isShared(ExprId id);
  bool isShared(llvm::ArrayRef<ExprId> ids);
  /// Emits what is the same for all heads of the group in front of the loop over them.
  mlir::Value at(bool shared, llvm::function_ref<mlir::Value()> emit);
  mlir::Value input(const Expr &expr);
  mlir::Value map(attn::Function function, ExprId operand);
  bool hasBound(ExprId id);
  mlir::Value maskRows(mlir::Value x);
  mlir::Value blocks(mlir::Value x);
  mlir::Value keyFactor(llvm::ArrayRef<mlir::Value> exponents, ExprId raw);
  mlir::Value rawPairs(unsigned read, unsigned write);
  mlir::Value transposedKey(unsigned write);
  mlir::Value keyPairs(unsigned read, unsigned write);
  mlir::Value coupling(unsigned from, unsigned to);

  int64_t blockCount() const { return shape.tokens / shape.block; }

  mlir::func::FuncOp function;
  mlir::scf::ForOp heads; ///< null when the group is one head
  mlir::Value head, tokens;
  bool hasStates = false;
  std::map<ExprId, mlir::Value> values, maskedValues, maskedLogs;
  std::map<ExprId, bool> sharing;
  std::map<unsigned, mlir::Value> states;
  std::map<unsigned, ScalarDecay> scalarDecays;
  std::map<unsigned, KeyDecay> keyDecays;
  std::map<std::pair<unsigned, unsigned>, mlir::Value> pairCache, rawPairCache;
  std::map<ExprId, mlir::Value> transposed;
};

} // namespace braid::derive
