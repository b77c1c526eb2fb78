// SPDX-License-Identifier: Apache-2.0
/// \file
/// How recurrences are tiled, as data. Nothing here depends on the number of threads, so that results do not.
#pragma once

#include "compiler/targets/cpu/CodeGen.h"
#include "passes/derive/Block.h"

namespace braid::cpu {

/// Columns of a block of the state: 32 of 128 rows in f32 are 16 KB, which stay in the first-level cache, beside the keys
/// of two blocks of tokens, while all tokens pass over them. Part of the layout of states, so the same on every ISA
/// level.
inline constexpr int64_t kRecurrenceColumns = 32;

struct RecurrenceSchedule {
  int64_t preparedTokens; ///< whose keys are prepared at a time; they stay in the second-level cache
  int64_t unrolledRows;   ///< divides 16
  int64_t groupBytes;     ///< states and scratch of heads that are taken through a piece in turn; likewise
};

RecurrenceSchedule recurrenceScheduleFor(const Isa &isa);

/// Vectors of 16 columns that a sweep carries along the rows: 2 or 1, so that what a block of `tokens` tokens reads and
/// writes stays in registers; nothing when it cannot, and `tokens` is more than one.
std::optional<int> recurrenceVectors(const Isa &isa, const derive::NormalForm &form, unsigned tokens);

/// How many tokens a scan takes at a time: the cheapest number up to 8 that registers allow. More tokens share one
/// load, decay and store of the state, but have more overlaps.
unsigned recurrenceTokens(const Isa &isa, const derive::NormalForm &form, int64_t K, int64_t V);

} // namespace braid::cpu
