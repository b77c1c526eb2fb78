// SPDX-License-Identifier: Apache-2.0
/// \file
/// Logits against goldens.
#include "test/end-to-end/Checks.h"

#include <cstdio>
#include <cstring>
#include <random>

namespace braid::check {

static std::string nameOf(const std::vector<size_t> &pieces) {
  std::string name = "pieces of";
  for (size_t piece : pieces)
    name += " " + std::to_string(piece);
  return name;
}

/// Splits `count` tokens in three or more pieces, all places of a cut as likely.
static std::vector<size_t> randomPieces(size_t count, std::mt19937 &random) {
  std::vector<size_t> pieces;
  unsigned odds = 2 + random() % 6; // a cut behind every second to seventh token
  size_t size = 0;
  for (size_t i = 0; i < count; ++i) {
    ++size;
    if (i + 1 == count || random() % odds == 0)
      pieces.push_back(std::exchange(size, 0));
  }
  return pieces;
}

void checkSplits(const Model &model, const Golden &golden, const Limits &limits) {
  size_t count = golden.tokens.size(), vocab = model.info.vocab;
  Distance whole(golden, vocab, limits.tolerance, limits.sameArgmax);
  whole.check(model.run(golden.tokens, {count}), nameOf({count}));

  Distance split(golden, vocab, limits.splitTolerance, limits.sameArgmax);
  size_t splits = 0;
  for (size_t first = 1; first < count; first += limits.everyCut ? 1 : (count + 1) / 3, ++splits)
    split.check(model.run(golden.tokens, {first, count - first}), nameOf({first, count - first}));
  std::mt19937 random(limits.seed);
  for (int i = 0; i < (limits.everyCut ? 12 : 1); ++i, ++splits) {
    std::vector<size_t> pieces = randomPieces(count, random);
    split.check(model.run(golden.tokens, pieces), "seed " + std::to_string(limits.seed) + ": " + nameOf(pieces));
  }

  Session session = model.session();
  Logits logits = model.empty(golden.tokens);
  session.decode(golden.tokens, 0, count, logits);
  split.check(logits, "token by token");
  std::printf("%s: one piece: relative error %.2g; %zu splits, seed %u: %.2g\n", model.info.isa, whole.worst(),
              splits + 1, limits.seed, split.worst());
}

/// Goes through all splits of tokens [begin, count) as a tree: a piece is taken back when those after it are done.
static size_t walkSplits(const Library &library, Session &session, const Golden &golden, size_t begin, size_t count,
                         std::vector<size_t> &pieces, Logits &logits, Distance &distance) {
  size_t leaves = begin == count;
  for (size_t end = begin + 1; end <= count; ++end) {
    pieces.push_back(end - begin);
    session.prefill(golden.tokens, begin, end, logits);
    distance.check(logits, nameOf(pieces), begin, end);
    leaves += walkSplits(library, session, golden, end, count, pieces, logits, distance);
    session.expect(library.session_rollback(session.get(), end - begin), "rollback");
    pieces.pop_back();
  }
  return leaves;
}

void checkEverySplit(const Model &model, const Golden &golden, const Limits &limits, size_t tokens) {
  Session session = model.session();
  Logits logits = model.empty(golden.tokens);
  Distance distance(golden, model.info.vocab, limits.splitTolerance, limits.sameArgmax);
  std::vector<size_t> pieces;
  size_t count = std::min(tokens, golden.tokens.size());
  size_t splits = walkSplits(model.library, session, golden, 0, count, pieces, logits, distance);
  std::printf("%s: each of %zu splits of %zu tokens: %.2g\n", model.info.isa, splits, count, distance.worst());
}

void checkBits(const Library &library, const Golden &golden, const std::string &isa) {
  Logits first;
  size_t count = golden.tokens.size();
  for (int threads = 1; threads <= 3; ++threads) {
    Model model(library, threads, isa);
    for (int run = 0; run < 2; ++run) {
      // A long piece, a short one, and single tokens: each kind of kernel.
      Logits logits = model.run(golden.tokens, {count - 4, 2, 1, 1});
      if (first.empty())
        first = logits;
      if (std::memcmp(first.data(), logits.data(), first.size() * sizeof(float)))
        fail("run " + std::to_string(run + 1) + " with " + std::to_string(threads) +
             " threads: expected the bits of the first run with 1 thread");
    }
  }
  std::printf("%s: the same bits from 1, 2 and 3 threads\n", isa.empty() ? "best level" : isa.c_str());
}

} // namespace braid::check
