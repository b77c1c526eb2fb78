// SPDX-License-Identifier: Apache-2.0
/// \file
/// The schedules. 32 zmm registers hold 12 x 2 accumulators, two weights and a broadcast, or 6 x 4 and four weights; 16 ymm registers, two to a
/// vector of 16 columns, hold 6 x 1.
#include "compiler/targets/cpu/Schedule.h"

#include "runtime/include/braid_abi.h"

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
    .paired = {kRows6, 4},
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
    .paired = {kRows6, 1},
    .prefetchBytes = 1024,
    .prefetchLevel = 2,
    .rowBlockBytes = 192 << 10,
    .taskBytes = 1 << 20,
    .tasksPerThread = 16,
    .expertTasksPerThread = 6,
};

/// A pair's multiply-adds take Zen as long as one of f32; Intel's cores take four times that, and lose.
bool hasBf16Dot(const Isa &isa) {
  return llvm::StringRef(isa.cpu).starts_with("znver") && (isa.required & BRAID_CPU_AVX512_BF16);
}

const Schedule &scheduleFor(const Isa &isa) { return isa.schedule ? *isa.schedule : isa.avx512 ? kAvx512 : kAvx2; }

} // namespace braid::cpu
