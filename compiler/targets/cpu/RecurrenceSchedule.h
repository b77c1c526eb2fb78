// SPDX-License-Identifier: Apache-2.0
/// \file
/// How recurrences are tiled, as data. Nothing here depends on the number of threads, so that results do not.
#pragma once

#include "compiler/targets/cpu/CodeGen.h"
#include "compiler/targets/cpu/Emit.h"
#include "passes/derive/Block.h"

namespace braid::cpu {

/// Columns of a block of the state: one vector. Part of the layout of states, so the same on every ISA level. A step reads
/// a block and then updates it: memory waits for the update, so the less there is of it at a time the better.
inline constexpr int64_t kStateColumns = kLanes;

/// Columns that a task takes through all tokens at a time: 32 of 128 rows in f32 are 16 KB, which stay in the first-level
/// cache, beside the keys of two blocks of tokens.
inline constexpr int64_t kRecurrenceColumns = 32;

struct RecurrenceSchedule {
  int64_t preparedTokens;   ///< whose keys are prepared at a time; they stay in the second-level cache
  int64_t unrolledRows;     ///< of a sweep over many tokens; divides 16
  int64_t stepUnrolledRows; ///< of one over one token alone; divides 16
  int64_t groupBytes;       ///< states and scratch of heads that are taken through a piece in turn, as preparedTokens
};

RecurrenceSchedule recurrenceScheduleFor(const Isa &isa);

/// Vectors of 16 columns that a sweep carries along the rows: 2 or 1, so that what a block of `tokens` tokens reads and
/// writes stays in registers; nothing when it cannot, and `tokens` is more than one.
std::optional<int> recurrenceVectors(const Isa &isa, const derive::NormalForm &form, unsigned tokens);

/// In how many parts a step sums what it reads from one state, a divisor of stepUnrolledRows: sums of one vector alone
/// are too few to keep the multiply-adds busy.
int64_t recurrenceStepSums(const Isa &isa, int64_t reads);

/// How many tokens a scan takes at a time: the cheapest number up to 8 that registers allow. More tokens share one
/// load, decay and store of the state, but have more overlaps.
unsigned recurrenceTokens(const Isa &isa, const derive::NormalForm &form, int64_t K, int64_t V);

} // namespace braid::cpu
