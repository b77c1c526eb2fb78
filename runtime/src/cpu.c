// SPDX-License-Identifier: Apache-2.0
/// \file
/// What the CPU can do, how many there are, and the floating-point mode of a step.
#include "runtime/src/internal.h"
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#if defined(__x86_64__)
#include <cpuid.h>
#include <xmmintrin.h>

static bool has(uint32_t word, uint32_t bits) { return (word & bits) == bits; }

/// The register states that the operating system saves: without them the instructions fault.
static uint64_t enabled_states(uint32_t leaf1_ecx) {
  if (!has(leaf1_ecx, 1u << 27)) // OSXSAVE
    return 0;
  uint32_t low, high;
  __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return (uint64_t)high << 32 | low;
}

uint64_t braid_cpu_features(void) {
  uint32_t eax, ebx, ecx, edx;
  if (!__get_cpuid(1, &eax, &ebx, &ecx, &edx))
    return 0;
  uint32_t leaf1 = ecx;
  uint64_t states = enabled_states(leaf1);
  uint32_t leaf7b = 0, leaf7c = 0, leaf7_1a = 0, extended = 0;
  if (__get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx)) {
    leaf7b = ebx, leaf7c = ecx;
    if (eax >= 1 && __get_cpuid_count(7, 1, &eax, &ebx, &ecx, &edx))
      leaf7_1a = eax;
  }
  if (__get_cpuid(0x80000001, &eax, &ebx, &ecx, &edx))
    extended = ecx;

  uint64_t features = 0;
  const uint64_t avx_states = 0x6, avx512_states = 0xe6;
  // leaf 1: FMA, MOVBE, AVX, F16C; leaf 7: BMI1, AVX2, BMI2; extended: LZCNT.
  bool v3 = (states & avx_states) == avx_states && has(leaf1, 1u << 12 | 1u << 22 | 1u << 28 | 1u << 29) &&
            has(leaf7b, 1u << 3 | 1u << 5 | 1u << 8) && has(extended, 1u << 5);
  if (!v3)
    return 0;
  features |= BRAID_CPU_X86_64_V3;
  // leaf 7: AVX-512 F, DQ, CD, BW, VL.
  bool v4 = (states & avx512_states) == avx512_states &&
            has(leaf7b, 1u << 16 | 1u << 17 | 1u << 28 | 1u << 30 | 1u << 31);
  if (!v4)
    return features;
  features |= BRAID_CPU_X86_64_V4;
  if (has(leaf7c, 1u << 11))
    features |= BRAID_CPU_AVX512_VNNI;
  if (has(leaf7_1a, 1u << 5))
    features |= BRAID_CPU_AVX512_BF16;
  if (has(leaf7c, 1u << 1))
    features |= BRAID_CPU_AVX512_VBMI;
  return features;
}

uint32_t braid_fp_enter(void) {
  uint32_t saved = _mm_getcsr();
  _mm_setcsr(0x1f80 | 0x8040); // no traps; subnormal results and operands are zero
  return saved;
}

void braid_fp_leave(uint32_t saved) { _mm_setcsr(saved); }

#else

uint64_t braid_cpu_features(void) { return 0; }
uint32_t braid_fp_enter(void) { return 0; }
void braid_fp_leave(uint32_t saved) { (void)saved; }

#endif

void braid_cpu_feature_names(uint64_t features, char *text, size_t bytes) {
  static const char *const names[] = {"x86-64-v3", "x86-64-v4", "avx512_vnni", "avx512_bf16", "avx512_vbmi"};
  size_t used = 0;
  text[0] = 0;
  for (unsigned bit = 0; bit < 64; ++bit) {
    if (!(features >> bit & 1))
      continue;
    char unknown[16];
    snprintf(unknown, sizeof unknown, "bit %u", bit);
    int length = snprintf(text + used, bytes - used, "%s%s", used ? ", " : "",
                          bit < sizeof names / sizeof *names ? names[bit] : unknown);
    if (length < 0 || (size_t)length >= bytes - used)
      return;
    used += (size_t)length;
  }
}

int32_t braid_cpu_count(void) {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof set, &set) == 0 && CPU_COUNT(&set) > 0)
    return CPU_COUNT(&set);
  long online = sysconf(_SC_NPROCESSORS_ONLN);
  return online > 0 ? (int32_t)online : 1;
}
