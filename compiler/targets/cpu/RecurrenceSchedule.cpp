// SPDX-License-Identifier: Apache-2.0
/// \file
/// The recurrence schedules. For each read a sweep holds a sum for each vector and one broadcast factor; for each write
/// a broadcast factor; beside those the decay and the state itself. What is written may come from memory.
#include "compiler/targets/cpu/RecurrenceSchedule.h"

namespace braid::cpu {

RecurrenceSchedule recurrenceScheduleFor(const Isa &isa) {
  return {.slots = 32, .unrolledRows = isa.avx512 ? 2 : 1, .tokensAhead = 4};
}

int recurrenceVectors(const Isa &isa, int64_t reads, int64_t writes) {
  const int64_t registers = isa.avx512 ? 32 : 16, each = isa.avx512 ? 1 : 2;
  int vectors = 4;
  while (vectors > 1 && vectors * each * reads + reads + writes + 1 + each > registers)
    vectors /= 2;
  return vectors;
}

} // namespace braid::cpu
