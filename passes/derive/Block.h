// SPDX-License-Identifier: Apache-2.0
/// \file
/// Several tokens at once: a normal form composed with itself.
#pragma once

#include "passes/derive/Normal.h"

namespace braid::derive {

/// Tokens [first, end) of a block, whose decays are multiplied. Empty: a factor of one.
struct Span {
  unsigned first = 0, end = 0;
  bool isEmpty() const { return first >= end; }
  bool operator==(const Span &) const = default;
};

/// A read that a token of a block makes from the state before the block: its key, decayed by the tokens before it.
struct BlockRead {
  unsigned read, token;
  Span decays;
};

/// A write of a token of a block to the state after the block: its key, decayed by the tokens after it.
struct BlockWrite {
  unsigned write, token;
  Span decays;
};

/// What an earlier token of a block wrote, and a later one reads: the dot of both keys, decayed by the tokens between.
struct Overlap {
  unsigned read, token;
  unsigned write, earlier;
  Span decays;
};

/// `tokens` tokens of a step as one. With S the states before the block and r the reads of a token from S:
///   1. `r[read, token] = S^T (exp(decays) key)`, for all tokens at once;
///   2. token after token, `r[read, token] += dot(exp(decays) writeKey, readKey) * value[write, earlier]` for each
///      overlap, then the token's values and output as the normal form has them;
///   3. `S' = exp(all decays) S + sum (exp(decays) key) value^T`.
/// This is exact whatever the values are as functions of the reads: no column needs another one. All decays are
/// products of the tokens' own factors, so no exponent is positive where those of the step are not.
struct BlockForm {
  const NormalForm *form = nullptr; ///< not owned
  unsigned tokens = 1;
  std::vector<BlockRead> reads;   ///< of token t, read r: at t * form->reads.size() + r
  std::vector<BlockWrite> writes; ///< likewise
  std::vector<Overlap> overlaps;  ///< by token, then by read; earlier tokens first
};

/// Whether tokens of the form may be taken together: its decays must be known to be at most 0, as their products stay
/// in range then.
bool hasBlocks(const NormalForm &form);

/// The composition of `tokens` (at least one) of a step that has a scan.
BlockForm blockOf(const NormalForm &form, unsigned tokens);

} // namespace braid::derive
