// SPDX-License-Identifier: Apache-2.0
/// \file
/// How attention kernels are tiled, as data. Nothing here depends on the number of threads, so that results do not.
#pragma once

#include "compiler/targets/cpu/CodeGen.h"

namespace braid::cpu {

/// A "tile row" is one query of one head; the query heads of a key head lie side by side, so that they share its keys.
struct AttentionSchedule {
  int64_t blockRows;  ///< tile rows that a task carries along the keys
  int64_t blockKeys;  ///< keys between two updates of the running maximum; a multiple of 16
  int64_t splitQueries; ///< calls with at most this many queries may split the keys over tasks
  int64_t splitKeys;  ///< fewest keys of a split; a multiple of 16
  int64_t maxSplits;  ///< at most 32
  int64_t streamedRows; ///< register tiles of at most this many rows prefetch what comes next
};

AttentionSchedule attentionScheduleFor(const Isa &isa, int64_t headDim);

/// Width in vectors of 16 columns of the register tile that takes `rows` tile rows, over keys and over values. Few rows
/// pass over the keys one granule after the other: memory is read in sequence.
int attentionKeyVectors(const Isa &isa, int rows);
int attentionValueVectors(const Isa &isa, int rows);

} // namespace braid::cpu
