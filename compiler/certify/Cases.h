// SPDX-License-Identifier: Apache-2.0
/// \file
/// The problems on which compiled forms of a step are compared with the step itself.
#pragma once

#include "passes/derive/Interpreter.h"

namespace braid::certify {

/// How much is tried: nothing; every axis once, in less than a second; each size of K with some of V; all K by V by T.
enum class Depth { None, Quick, Half, Full };

/// Logarithms of decays. None: 0. Mild: a total of about -1. Strong: a total of about -1600. Bursts: most tokens keep
/// everything, every tenth channel or token drops by up to exp(-1600).
enum class Decays { None, Mild, Strong, Bursts };

/// Keys. Random; nearly those of the first token (within 0.1 %); all those of the first token.
enum class Keys { Random, Near, Repeated };

/// Into which calls a sequence is cut besides one call: none; some; in two, at each place; in every way.
enum class Cuts { None, Some, Two, All };

struct Size {
  int64_t K, V, heads, ratio;
};

struct Case {
  int64_t tokens;
  Decays decays;
  Keys keys;
  bool isStrong; ///< every input that has a range is at its upper end: a strength of the delta rule of 2
  bool isFresh;  ///< the states start at zero
  Cuts cuts;
  uint64_t seed;
};

/// The cases of one size, which is compiled once.
struct Batch {
  Size size;
  bool allLevels; ///< on every ISA level of the machine, or on the best one alone
  std::vector<Case> cases;
};

std::vector<Batch> batchesFor(Depth depth, uint64_t seed);

/// "T 65, K 64, V 16, heads 4 by 2, decays bursts, keys repeated, strength full, state given, seed 3".
std::string describe(const Size &size, const Case &which);

/// The inputs of a case, rounded to f32.
derive::Problem makeProblem(attn::RecurrenceOp op, const Size &size, const Case &which);

/// The calls into which a case is cut besides one: each is a list of token counts.
std::vector<std::vector<int64_t>> cutsOf(const Case &which);

/// Some columns of a problem with V of them. No column needs another one, unless the step has inner products of values:
/// so the interpreter need not run all.
llvm::SmallVector<int64_t> sampleColumns(attn::RecurrenceOp op, int64_t V);
derive::Problem takeColumns(attn::RecurrenceOp op, const derive::Problem &problem, llvm::ArrayRef<int64_t> columns);
/// The first tokens of a problem.
derive::Problem takeTokens(attn::RecurrenceOp op, const derive::Problem &problem, int64_t tokens);

} // namespace braid::certify
