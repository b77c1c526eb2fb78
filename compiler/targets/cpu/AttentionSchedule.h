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
  int64_t splitTasks; ///< of all key heads, about: where a task ends, what it fetched ahead is another one's
  int64_t streamedRows; ///< register tiles of at most this many rows are bound by memory
  int64_t hardwareSteps; ///< of these, those with at most this many vector multiply-adds a cache line need no prefetch
  int64_t rowSums;      ///< registers of sums where values are read as whole rows
  int64_t rowBytes;     ///< of values that a pass over whole rows leaves in the first-level cache for the next pass
};

/// How register tiles get keys and values from memory, of which each row multiplies `productBytes` by a lane at a time.
enum class AttentionFetch {
  None,     ///< many rows: the products take longer
  Hardware, ///< reads in the order of memory, which the prefetchers of the machine follow
  Next,     ///< while the products with the keys run, prefetches the block's values, and with those the next keys
};
AttentionFetch attentionFetch(const Isa &isa, const AttentionSchedule &schedule, int rows, int64_t productBytes);

/// `elementBytes`: of the cache.
AttentionSchedule attentionScheduleFor(const Isa &isa, int64_t elementBytes);

/// Attention over latent rows. Below some number of queries it takes fewer operations to attend with absorbed weights:
/// rank + rope and rank multiplications for each pair, against nope + rope and value, and rank * (nope + value) for
/// each key and block of queries.
struct LatentSchedule {
  int64_t expandedQueries; ///< calls with more queries expand keys and values
  int64_t blockKeys;       ///< keys that are transposed or expanded at a time; a multiple of 16
  int64_t absorbedRows, expandedRows; ///< tile rows that a task carries along the keys
  int64_t splitQueries, splitKeys, maxSplits; ///< of the absorbed form, as above
};
const LatentSchedule &latentSchedule();

/// Width in vectors of 16 columns of the register tile that takes `rows` tile rows, over keys and over values. Few rows
/// pass over the keys one granule after the other: memory is read in sequence.
int attentionKeyVectors(const Isa &isa, int rows);
int attentionValueVectors(const Isa &isa, int rows);

} // namespace braid::cpu
