// SPDX-License-Identifier: Apache-2.0
/// \file
/// Filters over scores, one pass each where the sort can be kept small.
#include "text/Sampler.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <functional>
#include <limits>
#include <string>

// A fused multiply-add would round differently from machine to machine.
#pragma STDC FP_CONTRACT OFF

namespace braid::text {
namespace {

constexpr float impossible = -std::numeric_limits<float>::infinity();

/// e^x for x <= 0, to about 1 ulp, the same bits everywhere; 0 below -700. Without branches, so that loops vectorise.
inline double expOfNegative(double x) {
  double clamped = x > -700 ? x : -700;
  // Adding 1.5 * 2^52 rounds to an integer and leaves it in the low bits.
  double shifted = clamped * 1.4426950408889634 + 0x1.8p52, n = shifted - 0x1.8p52;
  double r = (clamped - n * 0x1.62e42fee00000p-1) - n * 0x1.a39ef35793c76p-33;
  double sum = 1.0 / 479001600.0;
  sum = sum * r + 1.0 / 39916800.0;
  sum = sum * r + 1.0 / 3628800.0;
  sum = sum * r + 1.0 / 362880.0;
  sum = sum * r + 1.0 / 40320.0;
  sum = sum * r + 1.0 / 5040.0;
  sum = sum * r + 1.0 / 720.0;
  sum = sum * r + 1.0 / 120.0;
  sum = sum * r + 1.0 / 24.0;
  sum = sum * r + 1.0 / 6.0;
  sum = sum * r + 0.5;
  sum = sum * r + 1.0;
  sum = sum * r + 1.0;
  double scale = std::bit_cast<double>((std::bit_cast<uint64_t>(shifted) + 1023) << 52);
  return x > -700 ? sum * scale : 0;
}

} // namespace

Random::Random(uint64_t seed) {
  for (uint64_t &word : state) {
    uint64_t z = seed += 0x9E3779B97F4A7C15ull;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9ull;
    z = (z ^ z >> 27) * 0x94D049BB133111EBull;
    word = z ^ z >> 31;
  }
}

uint64_t Random::next() {
  uint64_t result = std::rotl(state[1] * 5, 7) * 9, t = state[1] << 17;
  state[2] ^= state[0];
  state[3] ^= state[1];
  state[1] ^= state[2];
  state[0] ^= state[3];
  state[2] ^= t;
  state[3] = std::rotl(state[3], 45);
  return result;
}

Result<Sampler> Sampler::create(size_t vocabulary, const SamplerSettings &s) {
  auto check = [](bool good, const char *name, float value, const char *range) -> Status {
    if (good)
      return Ok{};
    return invalid(std::string("sampler: ") + name + ": expected " + range + ", got " + std::to_string(value));
  };
  if (vocabulary == 0 || vocabulary > 1u << 28)
    return invalid("sampler: expected a vocabulary of 1 to 268435456 tokens, got " + std::to_string(vocabulary));
  for (const Status &status :
       {check(s.temperature >= 0 && s.temperature <= 1e6f, "temperature", s.temperature, "0 to 1e6"),
        check(s.topP > 0 && s.topP <= 1, "top-p", s.topP, "more than 0 and at most 1"),
        check(s.minP >= 0 && s.minP <= 1, "min-p", s.minP, "0 to 1"),
        check(s.repetitionPenalty > 0 && s.repetitionPenalty <= 1e6f, "repetition penalty", s.repetitionPenalty,
              "more than 0 and at most 1e6")})
    if (!status)
      return status.error();
  return Sampler(vocabulary, s);
}

Sampler::Sampler(size_t vocabulary, const SamplerSettings &settings)
    : settings(settings), random(settings.seed), scores(vocabulary), isAccepted(vocabulary) {
  accepted.reserve(vocabulary);
  kept.reserve(vocabulary);
  if (settings.topK && settings.topK < vocabulary)
    largest.reserve(2 * size_t(settings.topK));
}

void Sampler::accept(uint32_t id) {
  if (id >= isAccepted.size() || isAccepted[id])
    return;
  isAccepted[id] = 1;
  accepted.push_back(id);
}

void Sampler::reset() {
  std::fill(isAccepted.begin(), isAccepted.end(), 0);
  accepted.clear();
  random = Random(settings.seed);
}

/// Penalised scores, relative to the largest, over temperature; `best` is the greedy choice.
void Sampler::score(const float *logits) {
  size_t n = scores.size();
  for (size_t i = 0; i < n; ++i) {
    float s = logits[i];
    scores[i] = s == s ? std::min(s, std::numeric_limits<float>::max()) : impossible;
  }
  if (settings.repetitionPenalty != 1)
    for (uint32_t id : accepted) {
      float &s = scores[id];
      s = s < 0 ? s * settings.repetitionPenalty : s / settings.repetitionPenalty;
    }
  float top = impossible;
  for (size_t i = 0; i < n; ++i)
    top = std::max(top, scores[i]);
  best = uint32_t(std::find(scores.begin(), scores.end(), top) - scores.begin());
  if (settings.temperature == 0 || top == impossible)
    return;
  float inverse = 1 / settings.temperature;
  for (size_t i = 0; i < n; ++i)
    scores[i] = (scores[i] - top) * inverse;
}

/// Keeps the k largest of what was seen, and looks only at scores above the smallest of those.
float Sampler::kthLargest() {
  size_t k = settings.topK;
  largest.clear();
  float threshold = impossible;
  for (float s : scores) {
    if (s <= threshold && largest.size() >= k)
      continue;
    largest.push_back(s);
    if (largest.size() == 2 * k) {
      std::nth_element(largest.begin(), largest.begin() + (k - 1), largest.end(), std::greater<>());
      threshold = largest[k - 1];
      largest.resize(k);
    }
  }
  std::nth_element(largest.begin(), largest.begin() + (k - 1), largest.end(), std::greater<>());
  return largest[k - 1];
}

void Sampler::keepTopP() {
  double total = 0;
  for (const Candidate &c : kept)
    total += c.weight;
  // Tokens below an even share of what may be dropped are dropped together; only the rest need an order.
  double floor = (1 - double(settings.topP)) * total / double(kept.size());
  std::erase_if(kept, [floor](const Candidate &c) { return c.weight <= floor && c.weight < 1; });
  std::sort(kept.begin(), kept.end(), [](const Candidate &a, const Candidate &b) {
    return a.weight != b.weight ? a.weight > b.weight : a.id < b.id;
  });
  double enough = settings.topP * total, sum = 0;
  size_t count = 0;
  while (count < kept.size() && (count == 0 || sum < enough))
    sum += kept[count++].weight;
  kept.resize(count);
}

const std::vector<Sampler::Candidate> &Sampler::candidates(const float *logits) {
  score(logits);
  kept.clear();
  if (settings.temperature == 0 || scores[best] == impossible) {
    kept.push_back({1, best});
    return kept;
  }
  float threshold = settings.topK && settings.topK < scores.size() ? kthLargest() : impossible;
  if (settings.topP == 1 && settings.minP > 0) // nothing but min-p is left: most tokens need no weight
    threshold = std::max(threshold, float(std::log(settings.minP)) - 0.01f);
  for (size_t i = 0; i < scores.size(); ++i)
    if (scores[i] >= threshold && scores[i] > impossible)
      kept.push_back({scores[i], uint32_t(i)});
  for (Candidate &c : kept)
    c.weight = expOfNegative(c.weight);
  if (settings.topP < 1)
    keepTopP();
  if (settings.minP > 0)
    std::erase_if(kept, [this](const Candidate &c) { return c.weight < double(settings.minP); });
  return kept;
}

uint32_t Sampler::sample(const float *logits) {
  candidates(logits);
  if (kept.size() == 1)
    return kept[0].id;
  double total = 0;
  for (const Candidate &c : kept)
    total += c.weight;
  double left = random.uniform() * total;
  for (const Candidate &c : kept) {
    left -= c.weight;
    if (left < 0)
      return c.id;
  }
  return kept.back().id;
}

} // namespace braid::text
