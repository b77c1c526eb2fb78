// SPDX-License-Identifier: Apache-2.0
/// \file
/// What must hold for a compiled model. Each check ends the program at the first breach, and prints a line otherwise.
#pragma once

#include "test/end-to-end/Golden.h"

namespace braid::check {

struct Limits {
  double tolerance = 1e-4;      ///< of one piece against the golden, relative to its largest logit
  double splitTolerance = 1e-4; ///< of any split against the golden
  bool sameArgmax = true;
  unsigned seed = 1; ///< of random splits
  bool everyCut = true; ///< every split in two; otherwise three of them, and one random split
};

/// One piece, every split in two, random splits in more, and token by token.
void checkSplits(const Model &model, const Golden &golden, const Limits &limits);
/// Each of the 2^(n-1) splits of the first n tokens.
void checkEverySplit(const Model &model, const Golden &golden, const Limits &limits, size_t tokens);
/// The same bits from 1, 2 and 3 threads, and from each a second time.
void checkBits(const Library &library, const Golden &golden, const std::string &isa);
/// Snapshots, forks, rollbacks, saved files and reused prefixes continue with the bits of a session that went straight.
/// `file` is a path to write to.
void checkSession(const Model &model, const Tokens &tokens, const std::string &file);
/// Ten turns of a chat, each of which changes the end of the last one, read at most an interval of checkpoints again a
/// turn, and end with the logits of a session that went straight.
void checkChat(const Model &model, const Tokens &words, const Limits &limits);

} // namespace braid::check
