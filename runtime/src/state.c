// SPDX-License-Identifier: Apache-2.0
/// \file
/// The kinds of state, and how each is sized, copied, packed and taken back. The only file that tells kinds apart.
///
/// The used part of a row state is the granules below min(roundup16(position), rows of a full ring). A session of
/// small capacity has shorter rings, but only if they never wrap; so the used part is the same for every capacity that
/// holds the position, and row p lies at the same place in it.
#include "runtime/src/internal.h"
#include <string.h>

static bool is_ring(const braid_state_desc *desc) { return desc->kind == BRAID_STATE_ROWS && desc->window > 0; }

int64_t braid_state_rows(const braid_module *module, const braid_state_desc *desc, int64_t capacity) {
  if (desc->kind == BRAID_STATE_FIXED)
    return 0;
  int64_t rows = braid_round_up(capacity, BRAID_GRANULE);
  if (is_ring(desc) && braid_ring_rows(desc->window, module->max_tokens) < rows)
    rows = braid_ring_rows(desc->window, module->max_tokens);
  return rows;
}

bool braid_state_bytes(const braid_state_desc *desc, int64_t rows, size_t *bytes) {
  size_t row = (size_t)desc->row_bytes;
  if (desc->kind == BRAID_STATE_FIXED) {
    *bytes = row;
    return true;
  }
  return !__builtin_mul_overflow(row, (size_t)rows, bytes) &&
         !__builtin_mul_overflow(*bytes, (size_t)desc->planes, bytes);
}

/// Rows of each plane that hold something at that position.
static int64_t used_rows(const braid_module *module, const braid_state_desc *desc, int64_t position) {
  return braid_state_rows(module, desc, position);
}

size_t braid_state_packed_bytes(const braid_module *module, const braid_state_desc *desc, int64_t position) {
  size_t bytes = 0;
  braid_state_bytes(desc, used_rows(module, desc, position), &bytes);
  return bytes;
}

/// Copies the first `rows` rows of each plane; `from` and `to` have their own numbers of rows a plane.
static void copy_planes(const braid_state_desc *desc, const uint8_t *from, int64_t from_rows, uint8_t *to,
                        int64_t to_rows, int64_t rows) {
  if (desc->kind == BRAID_STATE_FIXED) {
    memcpy(to, from, (size_t)desc->row_bytes);
    return;
  }
  size_t row = (size_t)desc->row_bytes;
  for (int64_t plane = 0; plane < desc->planes; ++plane)
    memcpy(to + (size_t)(plane * to_rows) * row, from + (size_t)(plane * from_rows) * row, (size_t)rows * row);
}

void braid_state_pack(const braid_module *module, const braid_state_desc *desc, const braid_state *state,
                      int64_t position, uint8_t *packed) {
  int64_t rows = used_rows(module, desc, position);
  copy_planes(desc, state->data, state->rows, packed, rows, rows);
}

void braid_state_unpack(const braid_module *module, const braid_state_desc *desc, const braid_state *state,
                        int64_t position, const uint8_t *packed) {
  int64_t rows = used_rows(module, desc, position);
  copy_planes(desc, packed, rows, state->data, state->rows, rows);
}

void braid_state_copy(const braid_module *module, const braid_state_desc *desc, const braid_state *from,
                      const braid_state *to, int64_t position) {
  copy_planes(desc, from->data, from->rows, to->data, to->rows, used_rows(module, desc, position));
}

void braid_state_repeat(const braid_module *module, const braid_state_desc *desc, const braid_state *state,
                        int64_t position, int64_t target) {
  if (desc->kind == BRAID_STATE_FIXED)
    return;
  size_t granule = (size_t)desc->row_bytes * BRAID_GRANULE;
  int64_t whole = position / BRAID_GRANULE, first = braid_round_up(position, BRAID_GRANULE) / BRAID_GRANULE;
  int64_t rows = used_rows(module, desc, target);
  for (int64_t plane = 0; plane < desc->planes; ++plane) {
    uint8_t *data = state->data + (size_t)(plane * state->rows * desc->row_bytes);
    for (int64_t i = first; i < rows / BRAID_GRANULE; ++i)
      if (whole > 0)
        memcpy(data + (size_t)i * granule, data + (size_t)(i % whole) * granule, granule);
      else
        memset(data + (size_t)i * granule, 0, granule); // memory that nobody wrote would be one page, always in cache
  }
}

bool braid_state_reaches(const braid_state_desc *desc, int64_t oldest, int64_t target) {
  if (desc->kind == BRAID_STATE_FIXED)
    return false;
  if (!is_ring(desc))
    return true;
  int64_t first_read = target - desc->window + 1; // what the token at `target` looks back to
  return (first_read > 0 ? first_read : 0) >= oldest;
}

uint64_t braid_states_hash(const braid_module *module) {
  int64_t sizes[2] = {module->max_tokens, module->vocab};
  uint64_t hash = braid_hash(0, sizes, sizeof sizes);
  for (int64_t i = 0; i < module->state_count; ++i) {
    const braid_state_desc *desc = &module->states[i];
    int64_t words[4] = {desc->kind, desc->window, desc->planes, desc->row_bytes};
    hash = braid_hash(hash, words, sizeof words);
    hash = braid_hash(hash, desc->name, strlen(desc->name));
  }
  return hash;
}
