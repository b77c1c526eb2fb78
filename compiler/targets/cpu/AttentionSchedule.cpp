// SPDX-License-Identifier: Apache-2.0
/// \file
/// The attention schedules. A block of keys and values (128 keys of 128 dims in f32: 128 KB) stays in the second-level
/// cache while the rows of a task pass over it.
#include "compiler/targets/cpu/AttentionSchedule.h"

namespace braid::cpu {

// What is fetched ahead of a decode step is half a block: with 16-bit rows a short one reads memory faster.
AttentionSchedule attentionScheduleFor(const Isa &isa, int64_t elementBytes) {
  return {.blockRows = 96, .blockKeys = elementBytes == 2 ? 64 : 128, .splitQueries = 8, .splitKeys = 256,
          .maxSplits = 32, .splitTasks = 64, .streamedRows = 6, .hardwareSteps = 4, .rowSums = 16, .rowBytes = 8 << 10};
}

// Tiles that do little with each line have many loads in flight by themselves, and the prefetchers run ahead of loads in
// sequence: no software prefetch reaches the read bandwidth that they do. Behind more multiply-adds the loads of a core
// wait, and memory with them; then prefetches keep it busy. Half the registers (AVX2) do not hold whole rows of sums.
AttentionFetch attentionFetch(const Isa &isa, const AttentionSchedule &schedule, int rows, int64_t productBytes) {
  if (rows > schedule.streamedRows)
    return AttentionFetch::None;
  const bool isShort = rows * 4 / productBytes <= schedule.hardwareSteps;
  return isa.avx512 && isShort ? AttentionFetch::Hardware : AttentionFetch::Next;
}

const LatentSchedule &latentSchedule() {
  static const LatentSchedule schedule = {.expandedQueries = 256, .blockKeys = 64, .absorbedRows = 96,
                                          .expandedRows = 512, .splitQueries = 8, .splitKeys = 512, .maxSplits = 16};
  return schedule;
}

int attentionKeyVectors(const Isa &isa, int rows) { return isa.avx512 && rows > 6 ? 2 : 1; }

int attentionValueVectors(const Isa &isa, int rows) {
  if (isa.avx512)
    return rows > 6 ? 2 : 4;
  return rows > 3 ? 1 : 2;
}

} // namespace braid::cpu
