// SPDX-License-Identifier: Apache-2.0
/// \file
/// Floating-point control of kernels that are run in this process.
#pragma once

#include <xmmintrin.h>

namespace braid::cpu {

/// Subnormal numbers are zero on this thread for as long as it lives, as they are in the runtime.
class FlushToZero {
public:
  FlushToZero() : before(_mm_getcsr()) { _mm_setcsr(before | 0x8040); }
  ~FlushToZero() { _mm_setcsr(before); }
  FlushToZero(const FlushToZero &) = delete;

private:
  unsigned before;
};

} // namespace braid::cpu
