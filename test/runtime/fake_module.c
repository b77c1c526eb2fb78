// SPDX-License-Identifier: Apache-2.0
/// \file
/// The stand-in module's step, written against braid_abi.h as generated code is: parallel tiles, granules of 16 rows.
#include "test/runtime/fake_module.h"

typedef struct tile_args {
  const braid_call *call;
  uint64_t *a, *b; // [max_tokens] in the arena
} tile_args;

/// Word `word` of a row: rows are interleaved word by word in granules of 16.
static uint16_t *row_word(const braid_state *state, int64_t row_bytes, int plane, int64_t position, int word) {
  int64_t row = position % state->rows;
  uint8_t *granule = state->data + (plane * state->rows + row / 16 * 16) * row_bytes;
  return (uint16_t *)granule + word * 16 + row % 16;
}

static uint16_t *kv_word(const braid_call *call, int plane, int64_t position, int word) {
  return row_word(&call->states[0], FAKE_KV_WORDS * 2, plane, position, word);
}

static uint16_t *ring_word(const braid_call *call, int64_t position, int word) {
  return row_word(&call->states[1], FAKE_RING_WORDS * 2, 0, position, word);
}

static void write_kv(const void *args, int64_t i) {
  const braid_call *call = ((const tile_args *)args)->call;
  uint64_t weight = ((const uint64_t *)call->weights)[call->tokens[i]];
  for (int plane = 0; plane < FAKE_PLANES; ++plane)
    for (int word = 0; word < FAKE_KV_WORDS; ++word)
      *kv_word(call, plane, call->position + i, word) = fake_kv_word(weight, call->position + i, plane, word);
}

static void read_kv(const void *args, int64_t i) {
  const tile_args *tile = args;
  uint64_t hash = 1;
  for (int64_t p = 0; p <= tile->call->position + i; ++p)
    for (int plane = 0; plane < FAKE_PLANES; ++plane)
      for (int word = 0; word < FAKE_KV_WORDS; ++word)
        hash = fake_mix(hash, *kv_word(tile->call, plane, p, word));
  tile->a[i] = hash;
}

static void write_ring(const void *args, int64_t i) {
  const tile_args *tile = args;
  for (int word = 0; word < FAKE_RING_WORDS; ++word)
    *ring_word(tile->call, tile->call->position + i, word) = fake_ring_word(tile->a[i], word);
}

static void read_ring(const void *args, int64_t i) {
  const tile_args *tile = args;
  uint64_t hash = tile->a[i];
  int64_t position = tile->call->position + i, first = position - FAKE_WINDOW + 1;
  for (int64_t p = first < 0 ? 0 : first; p <= position; ++p)
    for (int word = 0; word < FAKE_RING_WORDS; ++word)
      hash = fake_mix(hash, *ring_word(tile->call, p, word));
  tile->b[i] = hash;
}

static void write_logits(const void *args, int64_t i) {
  const tile_args *tile = args;
  const braid_call *call = tile->call;
  int64_t row = i / FAKE_VOCAB, id = i % FAKE_VOCAB;
  call->logits[i] = fake_logit(tile->b[call->count - call->logit_rows + row], id);
}

static void mix_fixed(const tile_args *tile) {
  uint16_t *words = (uint16_t *)tile->call->states[2].data;
  for (int64_t i = 0; i < tile->call->count; ++i) {
    uint64_t hash = tile->b[i];
    for (int word = 0; word < FAKE_FIXED_WORDS; ++word) {
      hash = fake_mix(hash, words[word]);
      words[word] = (uint16_t)hash;
    }
    tile->b[i] = hash;
  }
}

static void step(const braid_call *call, int fixed) {
  tile_args args = {call, (uint64_t *)call->arena, (uint64_t *)call->arena + FAKE_MAX_TOKENS};
  call->parallel(call->pool, write_kv, &args, call->count);
  call->parallel(call->pool, read_kv, &args, call->count);
  call->parallel(call->pool, write_ring, &args, call->count);
  call->parallel(call->pool, read_ring, &args, call->count);
  if (fixed)
    mix_fixed(&args);
  call->parallel(call->pool, write_logits, &args, call->logit_rows * FAKE_VOCAB);
}

static void plain_step(const braid_call *call) { step(call, 0); }
static void fixed_step(const braid_call *call) { step(call, 1); }

static const braid_state_desc states[] = {
    {"layers.0.kv", BRAID_STATE_ROWS, 0, FAKE_PLANES, FAKE_KV_WORDS * 2},
    {"layers.1.ring", BRAID_STATE_ROWS, FAKE_WINDOW, 1, FAKE_RING_WORDS * 2},
    {"layers.2.recurrent", BRAID_STATE_FIXED, 0, 1, FAKE_FIXED_WORDS * 2},
};

#define ISAS(step)                                                                                                     \
  {{"impossible", (uint64_t)1 << 40 | BRAID_CPU_X86_64_V3, step},                                                      \
   {"x86-64-v4", BRAID_CPU_X86_64_V4, step},                                                                           \
   {"x86-64-v3", BRAID_CPU_X86_64_V3, step},                                                                           \
   {"x86-64", 0, step}}
static const braid_isa plain_isas[] = ISAS(plain_step), fixed_isas[] = ISAS(fixed_step);

#define MODULE(NAME, HASH, STATES, ENTRIES)                                                                            \
  {.abi_version = BRAID_ABI_VERSION, .name = NAME, .manifest = "{\"name\": \"" NAME "\"}", .vocab = FAKE_VOCAB,        \
   .max_tokens = FAKE_MAX_TOKENS, .max_positions = FAKE_POSITIONS,                                                     \
   .arena_bytes = 2 * FAKE_MAX_TOKENS * sizeof(uint64_t), .weights_bytes = FAKE_VOCAB * sizeof(uint64_t),              \
   .weights_hash = HASH, .state_count = STATES, .states = states, .isa_count = 4, .isas = ENTRIES}
const braid_module braid_module_data = MODULE("fake", 0x1234, 2, plain_isas);
const braid_module fake_fixed_module = MODULE("fake_fixed", 0x5678, 3, fixed_isas);
