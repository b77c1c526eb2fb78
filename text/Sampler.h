// SPDX-License-Identifier: Apache-2.0
/// \file
/// Choosing the next token from logits: the same choice on every machine for the same seed and logits.
///
/// Order, as Hugging Face's generate has it: repetition penalty, temperature, top-k, top-p, min-p, then one draw.
/// - repetition penalty r, once for each distinct token accepted so far: s < 0 ? s * r : s / r
/// - temperature t: s / t; 0 takes the largest score, the lowest id among equals
/// - top-k: keeps scores not below the k-th largest; ties at the k-th all stay
/// - top-p: drops the least likely tokens while what is dropped sums to at most 1 - p; keeps at least one.
///   Among equal scores the lower id counts as the likelier one.
/// - min-p: drops tokens less likely than p times the likeliest
/// - draw: xoshiro256** (seeded by splitmix64), 53 bits; walks the sum of probabilities
/// Scores are float, weights double with an exponential of our own, so that no libm decides a token.
#pragma once

#include "text/Result.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace braid::text {

struct SamplerSettings {
  float temperature = 1;       ///< 0 is greedy
  uint32_t topK = 0;           ///< 0 is off
  float topP = 1;              ///< in (0, 1]; 1 is off
  float minP = 0;              ///< in [0, 1]; 0 is off
  float repetitionPenalty = 1; ///< above 0; 1 is off
  uint64_t seed = 0;
};

/// xoshiro256** 1.0.
class Random {
public:
  explicit Random(uint64_t seed);
  uint64_t next();
  /// In [0, 1), a multiple of 2^-53.
  double uniform() { return double(next() >> 11) * 0x1p-53; }

private:
  uint64_t state[4];
};

class Sampler {
public:
  struct Candidate {
    double weight; ///< likelihood relative to the likeliest token
    uint32_t id;
  };

  /// For logits of `vocabulary` entries. Invalid if a setting is out of its range.
  static Result<Sampler> create(size_t vocabulary, const SamplerSettings &settings);

  /// The next token; float logits[vocabulary]. NaN counts as impossible. Does not allocate.
  uint32_t sample(const float *logits);

  /// Notes a token of the prompt or of the output for the repetition penalty. Ids beyond the vocabulary are ignored.
  void accept(uint32_t id);

  /// Forgets accepted tokens and starts the random sequence anew.
  void reset();

  /// What sample would draw from, for tests: surviving tokens with weights. Valid until the next call.
  const std::vector<Candidate> &candidates(const float *logits);

private:
  Sampler(size_t vocabulary, const SamplerSettings &settings);
  void score(const float *logits);
  float kthLargest();
  void keepTopP();

  SamplerSettings settings;
  Random random;
  std::vector<float> scores;
  std::vector<float> largest; // room for the search of the k-th largest
  std::vector<Candidate> kept;
  std::vector<uint32_t> accepted;
  std::vector<uint8_t> isAccepted;
  uint32_t best = 0;
};

} // namespace braid::text
