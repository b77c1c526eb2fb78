// SPDX-License-Identifier: Apache-2.0
/// \file
/// Which cases a depth has.
#include "compiler/certify/Cases.h"

#include <random>

namespace braid::certify {

namespace {

constexpr int64_t kTokens[] = {1, 4, 7, 63, 64, 65, 130, 256, 1024, 8192};
constexpr int64_t kWidths[] = {16, 64, 80, 128, 256};
constexpr std::pair<int64_t, int64_t> kHeads[] = {{2, 1}, {4, 2}, {3, 3}, {1, 1}};

/// The kinds of inputs, one after the other: 4 decays by 3 keys by strength by start, in an order in which neighbours
/// differ in everything.
Case kindOf(int64_t tokens, uint64_t number, Cuts cuts, uint64_t seed) {
  return {tokens,
          Decays(number % 4),
          Keys((number + number / 4 + 1) % 3),
          (number / 2 + number / 8) % 2 == 0,
          (number + number / 8) % 3 == 1,
          cuts,
          seed + number};
}

std::vector<Batch> quick(uint64_t seed) {
  using D = Decays;
  using K = Keys;
  return {
      {{16, 64, 4, 2},
       true,
       {{4, D::Bursts, K::Random, true, false, Cuts::All, seed},
        {65, D::Strong, K::Repeated, true, false, Cuts::Two, seed + 1}}},
      {{64, 16, 2, 2},
       false,
       {{8192, D::Mild, K::Random, false, false, Cuts::Some, seed + 2},
        {1, D::None, K::Random, false, true, Cuts::None, seed + 3}}},
      {{80, 128, 3, 3}, false, {{64, D::Mild, K::Near, true, false, Cuts::Some, seed + 4}}},
      {{128, 80, 2, 1},
       false,
       {{63, D::None, K::Repeated, true, true, Cuts::Some, seed + 5},
        {130, D::Strong, K::Near, false, false, Cuts::Some, seed + 6}}},
      {{256, 256, 1, 1},
       false,
       {{256, D::Bursts, K::Random, false, true, Cuts::None, seed + 7},
        {1024, D::Strong, K::Repeated, true, true, Cuts::None, seed + 8}}},
  };
}

Cuts cutsFor(int64_t tokens) {
  return tokens == 1 ? Cuts::None : tokens < 8 ? Cuts::All : tokens <= 130 ? Cuts::Two : Cuts::Some;
}

/// Each K with two V, tokens of all counts up to 256; each count is cut in each way once.
std::vector<Batch> half(uint64_t seed) {
  std::vector<Batch> batches = quick(seed);
  uint64_t number = 0;
  for (auto [index, K] : llvm::enumerate(kWidths))
    for (int shift : {0, 2}) {
      auto [heads, ratio] = kHeads[(index + shift) % 4];
      Batch batch{{K, kWidths[(index + shift) % 5], heads, ratio}, K == 16, {}};
      for (int64_t tokens : kTokens)
        if (tokens <= 256)
          batch.cases.push_back(kindOf(tokens, number++, K == 16 ? cutsFor(tokens) : Cuts::Some, seed + 100));
      batches.push_back(std::move(batch));
    }
  // Sizes that are no multiples of a vector.
  for (Size size : {Size{20, 36, 4, 2}, Size{1, 1, 1, 1}, Size{33, 65, 2, 1}}) {
    Batch batch{size, true, {}};
    for (int64_t tokens : {1, 5, 65, 130})
      batch.cases.push_back(kindOf(tokens, number++, Cuts::Some, seed + 100));
    batches.push_back(std::move(batch));
  }
  return batches;
}

/// All K by V by T. Up to 256 tokens with 12 kinds of inputs, the first of them cut in each way; beyond with 2 kinds.
std::vector<Batch> full(uint64_t seed) {
  std::vector<Batch> batches = half(seed);
  uint64_t number = 0;
  for (auto [row, K] : llvm::enumerate(kWidths))
    for (auto [column, V] : llvm::enumerate(kWidths)) {
      auto [heads, ratio] = kHeads[(row + column) % 4];
      Batch batch{{K, V, heads, ratio}, true, {}};
      for (int64_t tokens : kTokens)
        for (int kind = 0; kind < (tokens <= 256 ? 12 : 2); ++kind)
          batch.cases.push_back(kindOf(tokens, number++, kind == 0 ? cutsFor(tokens) : Cuts::Some, seed + 1000));
      batches.push_back(std::move(batch));
    }
  return batches;
}

} // namespace

std::vector<Batch> batchesFor(Depth depth, uint64_t seed) {
  switch (depth) {
  case Depth::None: return {};
  case Depth::Quick: return quick(seed);
  case Depth::Half: return half(seed);
  case Depth::Full: return full(seed);
  }
  llvm_unreachable("unknown depth");
}

std::string describe(const Size &size, const Case &which) {
  const char *decays[] = {"none", "mild", "strong", "bursts"}, *keys[] = {"random", "nearly equal", "repeated"};
  return llvm::formatv("T {0}, K {1}, V {2}, heads {3} by {4}, decays {5}, keys {6}, strength {7}, state {8}, seed {9}",
                       which.tokens, size.K, size.V, size.heads, size.ratio, decays[int(which.decays)],
                       keys[int(which.keys)], which.isStrong ? "full" : "random", which.isFresh ? "zero" : "given",
                       which.seed);
}

std::vector<std::vector<int64_t>> cutsOf(const Case &which) {
  std::vector<std::vector<int64_t>> result;
  const int64_t tokens = which.tokens;
  if (which.cuts == Cuts::All) // bit i: a cut behind token i
    for (uint64_t places = 1; places < uint64_t(1) << (tokens - 1); ++places) {
      std::vector<int64_t> calls = {1};
      for (int64_t i = 0; i + 1 < tokens; ++i) {
        if (places >> i & 1)
          calls.push_back(0);
        ++calls.back();
      }
      result.push_back(std::move(calls));
    }
  if (which.cuts == Cuts::Two)
    for (int64_t first = 1; first < tokens; ++first)
      result.push_back({first, tokens - first});
  if (which.cuts == Cuts::Some) {
    std::mt19937_64 random(which.seed);
    for (int64_t longest : {5, 40, 150, 3000}) {
      std::vector<int64_t> calls;
      for (int64_t left = tokens; left > 0; left -= calls.back())
        calls.push_back(std::min<int64_t>(left, 1 + int64_t(random() % longest)));
      if (calls.size() > 1)
        result.push_back(std::move(calls));
    }
  }
  return result;
}

} // namespace braid::certify
