// SPDX-License-Identifier: Apache-2.0
/// \file
/// How recurrences are tiled, as data. Nothing here depends on the number of threads, so that results do not.
#pragma once

#include "compiler/targets/cpu/CodeGen.h"

namespace braid::cpu {

/// Columns of a block of the state, at most 64: 64 of 128 rows in f32 are 32 KB, which stay in the first-level cache while all
/// tokens pass over them. Part of the layout of states, so the same on every ISA level.
inline constexpr int64_t kRecurrenceColumns = 64;

struct RecurrenceSchedule {
  int64_t slots;        ///< tokens whose keys are prepared at a time; they stay in the second-level cache
  int64_t unrolledRows; ///< divides 16
  int64_t tokensAhead;  ///< how far ahead of preparing a token its inputs are fetched
};

RecurrenceSchedule recurrenceScheduleFor(const Isa &isa);

/// Vectors of 16 columns that a sweep carries along the rows: 4, 2 or 1, so that the sums of `reads` stay in registers.
int recurrenceVectors(const Isa &isa, int64_t reads, int64_t writes);

} // namespace braid::cpu
