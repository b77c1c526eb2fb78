// SPDX-License-Identifier: Apache-2.0
/// \file
/// Checks, files and the oracle of the runtime's tests.
#include "test/runtime/support.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern const char *scratch_prefix;

void check(bool holds, const char *what, const char *file, int line) {
  if (holds)
    return;
  fprintf(stderr, "%s:%d: expected %s\n", file, line, what);
  exit(1);
}

void check_status(braid_status got, braid_status expected, const char *what, const char *file, int line) {
  if (got == expected)
    return;
  fprintf(stderr, "%s:%d: %s: expected %s, got %s\n", file, line, what, braid_status_name(expected),
          braid_status_name(got));
  exit(1);
}

void check_text(const char *text, const char *part, const char *file, int line) {
  if (strstr(text, part))
    return;
  fprintf(stderr, "%s:%d: expected '%s' in '%s'\n", file, line, part, text);
  exit(1);
}

const char *scratch(const char *suffix) {
  static char paths[16][1024];
  static int next;
  char *path = paths[next++ % 16];
  snprintf(path, sizeof paths[0], "%s%s", scratch_prefix, suffix);
  return path;
}

uint8_t *read_whole(const char *path, size_t *bytes) {
  FILE *file = fopen(path, "rb");
  CHECK(file != NULL);
  fseek(file, 0, SEEK_END);
  *bytes = (size_t)ftell(file);
  rewind(file);
  uint8_t *data = malloc(*bytes + 1);
  CHECK(fread(data, 1, *bytes, file) == *bytes);
  fclose(file);
  return data;
}

void write_whole(const char *path, const void *data, size_t bytes) {
  FILE *file = fopen(path, "wb");
  CHECK(file != NULL);
  CHECK(fwrite(data, 1, bytes, file) == bytes);
  CHECK(fclose(file) == 0);
}

static uint64_t weight(uint64_t seed, int64_t token) { return fake_mix(seed, (uint64_t)token); }

void write_weights(const braid_module *module, const char *path, uint64_t seed) {
  struct {
    union {
      braid_weights_header header;
      uint8_t bytes[4096];
    };
    uint64_t payload[FAKE_VOCAB];
  } file;
  memset(&file, 0, sizeof file);
  file.header = (braid_weights_header){.magic = {'B', 'R', 'A', 'I', 'D', 'W', 'T', 'S'},
                                       .version = 1,
                                       .header_bytes = 4096,
                                       .payload_bytes = (uint64_t)module->weights_bytes,
                                       .weights_hash = module->weights_hash};
  for (int i = 0; i < FAKE_VOCAB; ++i)
    file.payload[i] = weight(seed, i);
  write_whole(path, &file, sizeof file);
}

braid_model *open_model(const braid_module *module, int threads) {
  const char *path = scratch(module->name);
  write_weights(module, path, 0);
  braid_model_options options = BRAID_MODEL_OPTIONS_INIT;
  options.threads = threads;
  braid_model *model;
  braid_error error;
  braid_status status = braid_model_create_for(module, path, &options, &model, &error);
  if (status != BRAID_OK)
    fprintf(stderr, "%s\n", error.text);
  CHECK_OK(status);
  return model;
}

braid_session *open_session(braid_model *model, int64_t capacity) {
  braid_session *session;
  CHECK_OK(braid_session_create(model, capacity, &session, NULL));
  return session;
}

void expected_logits(const braid_module *module, const int32_t *tokens, int64_t n, float *logits) {
  uint64_t a[FAKE_POSITIONS], chain = 1, b = 0;
  uint16_t fixed[FAKE_FIXED_WORDS] = {0};
  for (int64_t p = 0; p < n; ++p) {
    for (int plane = 0; plane < FAKE_PLANES; ++plane)
      for (int word = 0; word < FAKE_KV_WORDS; ++word)
        chain = fake_mix(chain, fake_kv_word(weight(0, tokens[p]), p, plane, word));
    a[p] = b = chain;
    int64_t first = p - FAKE_WINDOW + 1;
    for (int64_t q = first < 0 ? 0 : first; q <= p; ++q)
      for (int word = 0; word < FAKE_RING_WORDS; ++word)
        b = fake_mix(b, fake_ring_word(a[q], word));
    if (module->state_count == 3)
      for (int word = 0; word < FAKE_FIXED_WORDS; ++word) {
        b = fake_mix(b, fixed[word]);
        fixed[word] = (uint16_t)b;
      }
  }
  for (int id = 0; id < FAKE_VOCAB; ++id)
    logits[id] = fake_logit(b, id);
}

void check_continuation(const braid_module *module, braid_session *session, int32_t token) {
  float got[FAKE_VOCAB], expected[FAKE_VOCAB];
  CHECK_OK(braid_session_decode(session, token, got));
  expected_logits(module, braid_session_history(session), braid_session_position(session), expected);
  CHECK(memcmp(got, expected, sizeof got) == 0);
}

int32_t text_token(int64_t i) { return (int32_t)(fake_mix(42, (uint64_t)i) % FAKE_VOCAB); }

void text_tokens(int64_t begin, int64_t n, int32_t *tokens) {
  for (int64_t i = 0; i < n; ++i)
    tokens[i] = text_token(begin + i);
}

uint64_t random_below(uint64_t *seed, uint64_t below) {
  *seed = fake_mix(*seed, 1);
  return *seed % below;
}
