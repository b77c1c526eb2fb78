// SPDX-License-Identifier: Apache-2.0
/// \file
/// Recorded logits (test/goldens/README.md), and the distance of others from them.
#pragma once

#include "test/end-to-end/Library.h"

namespace braid::check {

/// Logits that others should equal.
struct Golden {
  Tokens tokens;
  size_t vocab = 0;             ///< of whole logits; 0 for an excerpt
  std::vector<int32_t> columns; ///< of an excerpt: what `values` has of each row; empty: the whole row
  Logits values;                ///< [positions][columns or vocab]
  std::vector<int32_t> argmax;  ///< [positions]

  /// Reads tokens.json and logits.safetensors. Ends the program when they can't be read.
  static Golden read(const std::string &folder);
  /// Logits of our own as what others should equal.
  static Golden of(const Tokens &tokens, const Logits &logits, size_t vocab);
};

/// What an element of `logits` is off at most, relative to the largest golden logit; the largest over all calls is kept.
class Distance {
public:
  Distance(const Golden &golden, size_t vocab, double tolerance, bool sameArgmax);

  /// Checks rows [begin, end) of [positions][vocab] logits; `how` tells which run they are of.
  void check(const Logits &logits, const std::string &how, size_t begin = 0, size_t end = SIZE_MAX);
  double worst() const { return largest; }

private:
  const Golden &golden;
  size_t vocab;
  double tolerance, scale = 0, largest = 0;
  bool sameArgmax;
};

/// The index of the largest of values[count].
int32_t argmaxOf(const float *values, size_t count);

} // namespace braid::check
