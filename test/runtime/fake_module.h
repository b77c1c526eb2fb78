// SPDX-License-Identifier: Apache-2.0
/// \file
/// A stand-in for generated code: tiny, deterministic, and its logits hash everything that it reads.
///
/// For the token t at position p, with w = weights[t]:
///   kv row p      two planes of 12 words, from (w, p)
///   a[p]          hash of kv rows 0 .. p
///   ring row p    5 words, from a[p]                      (window 20)
///   b[p]          hash of a[p] and ring rows p-19 .. p
///   fixed         20 words, each mixed with b[p]          (fake_fixed_module only)
///   logits[p][v]  from b[p], the fixed state and v
#ifndef BRAID_TEST_FAKE_MODULE_H
#define BRAID_TEST_FAKE_MODULE_H

#include "runtime/include/braid_abi.h"

enum {
  FAKE_VOCAB = 97,
  FAKE_MAX_TOKENS = 13,
  FAKE_POSITIONS = 300,
  FAKE_PLANES = 2,
  FAKE_KV_WORDS = 12,
  FAKE_RING_WORDS = 5,
  FAKE_WINDOW = 20,
  FAKE_RING_ROWS = 48, // roundup16(20 + 13); the window alone would round to 32
  FAKE_FIXED_WORDS = 20
};

extern const braid_module fake_fixed_module; // braid_module_data and a recurrent state

static inline uint64_t fake_mix(uint64_t a, uint64_t b) {
  uint64_t x = (a ^ (b + 0x9E3779B97F4A7C15u)) * 0xBF58476D1CE4E5B9u;
  x ^= x >> 29;
  x *= 0x94D049BB133111EBu;
  return x ^ x >> 31;
}
static inline uint16_t fake_kv_word(uint64_t weight, int64_t position, int plane, int word) {
  return (uint16_t)fake_mix(fake_mix(weight, (uint64_t)position), (uint64_t)(plane * 100 + word));
}
static inline uint16_t fake_ring_word(uint64_t a, int word) { return (uint16_t)fake_mix(a, 7000 + (uint64_t)word); }
static inline float fake_logit(uint64_t hash, int64_t id) { return (float)(fake_mix(hash, (uint64_t)id) >> 40); }

#endif
