// SPDX-License-Identifier: Apache-2.0
/// \file
/// The attention schedules. A block of keys and values (128 keys of 128 dims in f32: 128 KB) stays in the second-level
/// cache while the rows of a task pass over it.
#include "compiler/targets/cpu/AttentionSchedule.h"

namespace braid::cpu {

AttentionSchedule attentionScheduleFor(const Isa &isa, int64_t headDim) {
  return {.blockRows = 96, .blockKeys = 128, .splitQueries = 8, .splitKeys = 256, .maxSplits = 32,
          .streamedRows = 6};
}

int attentionKeyVectors(const Isa &isa, int rows) { return isa.avx512 && rows > 6 ? 2 : 1; }

int attentionValueVectors(const Isa &isa, int rows) {
  if (isa.avx512)
    return rows > 6 ? 2 : 4;
  return rows > 3 ? 1 : 2;
}

} // namespace braid::cpu
