// SPDX-License-Identifier: Apache-2.0
/// \file
/// The schedules. 32 zmm registers hold 12 x 2 accumulators, two weights and a broadcast; 16 ymm registers, two to a
/// vector of 16 columns, hold 6 x 1.
#include "compiler/targets/cpu/Schedule.h"

namespace braid::cpu {

static constexpr int kRows12[] = {12, 6, 4, 3, 2, 1};
static constexpr int kRows6[] = {6, 4, 3, 2, 1};
static constexpr int kRows8[] = {8, 4, 2, 1};
static constexpr int kRows4[] = {4, 2, 1};
static constexpr int kRows3[] = {3, 2, 1};
static constexpr int kRows2[] = {2, 1};

static const Schedule kAvx512 = {
    .dense = {kRows12, 2},
    .widened = {kRows8, 2},
    .integer = {kRows12, 2},
    .grouped = {kRows6, 2},
    .prefetchBytes = 1024,
    .prefetchLevel = 2,
    .rowBlockBytes = 384 << 10,
    .taskBytes = 1 << 20,
    .tasksPerThread = 16,
    .expertTasksPerThread = 6,
};

static const Schedule kAvx2 = {
    .dense = {kRows6, 1},
    .widened = {kRows3, 1},
    .integer = {kRows4, 1},
    .grouped = {kRows2, 1},
    .prefetchBytes = 1024,
    .prefetchLevel = 2,
    .rowBlockBytes = 192 << 10,
    .taskBytes = 1 << 20,
    .tasksPerThread = 16,
    .expertTasksPerThread = 6,
};

const Schedule &scheduleFor(const Isa &isa) { return isa.schedule ? *isa.schedule : isa.avx512 ? kAvx512 : kAvx2; }

} // namespace braid::cpu
