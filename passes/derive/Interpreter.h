// SPDX-License-Identifier: Apache-2.0
/// \file
/// Running a recurrent step in float64: as it is written, and in its normal form.
#pragma once

#include "passes/derive/Normal.h"

namespace braid::derive {

/// The inputs of a run of one sequence.
struct Problem {
  int64_t tokens = 1;
  /// Heads of values and states; `ratio` of them share one group of what is marked `shared`.
  int64_t heads = 1, ratio = 1;
  int64_t K = 1, V = 1;
  /// One vector for each argument of the variant. A state: [heads][K][V], what it is before the first token; a column:
  /// [heads][K]; an input: [tokens][heads][width], width being 1, K or V; no tokens when it is `constant`, and heads /
  /// ratio for heads when it is `shared`.
  std::vector<std::vector<double>> args;

  /// How many numbers argument `index` of `op` has.
  int64_t sizeOf(attn::RecurrenceOp op, unsigned index) const;
  /// The first number of input `index` for a token and head.
  const double *at(attn::RecurrenceOp op, unsigned index, int64_t token, int64_t head) const;
};

/// What a run gives: outputs [tokens][heads][V], and the states after the last token, laid out as in the problem.
struct Solution {
  std::vector<double> output;
  std::vector<std::vector<double>> states;
};

/// A problem in f32, as what is compiled takes it: laid out as in Problem.
struct SingleProblem {
  explicit SingleProblem(const Problem &problem);
  int64_t tokens, heads, ratio, K, V;
  std::vector<std::vector<float>> args;
};

/// A solution in f32, laid out as in Solution.
struct SingleSolution {
  Solution widened() const;
  std::vector<float> output;
  std::vector<std::vector<float>> states;
};

/// Whether the problem's shape is one and its vectors have the sizes that belong to it.
llvm::Error checkProblem(attn::RecurrenceOp op, const Problem &problem);

/// Executes the region of `op`, op by op, for each head and token. Knows nothing of normal forms. Fails when the sizes
/// of the problem's vectors are not those of its shape. With `noise`, every number of a state is off by up to that share
/// of it after each token: how far the solution moves is how well conditioned the step is. `isOneWay`: every number grows,
/// none shrinks.
llvm::Expected<Solution> interpret(attn::RecurrenceOp op, const Problem &problem, double noise = 0,
                                   bool isOneWay = false);

/// Executes the normal form, in blocks of `tokens` tokens. With `byCoefficients`, writes and output are taken from their
/// affine parts where they have them. Fails as above, and for an opaque form.
llvm::Expected<Solution> evaluate(const NormalForm &form, const Problem &problem, bool byCoefficients = false,
                                  unsigned tokens = 1);

/// The largest difference of outputs and states, relative to the largest number of `want`; infinite when a number is
/// NaN or the sizes differ.
double relativeError(const Solution &got, const Solution &want);

/// What random inputs are like.
struct RandomOptions {
  uint64_t seed = 1;
  /// Logarithms of decays are uniform in [-decay, 0].
  double decay = 1;
  /// The share of tokens whose keys repeat those of the token before.
  double repeated = 0;
};

/// Fills `problem.args` for `op` by its shape, obeying what the variant says of its arguments.
void fillRandom(attn::RecurrenceOp op, Problem &problem, const RandomOptions &options);

} // namespace braid::derive
