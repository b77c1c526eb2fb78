// SPDX-License-Identifier: Apache-2.0
/// \file
/// Steps: splits of a prompt, rows of logits, threads, several sessions, lifetimes.
#include "test/runtime/support.h"
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { ROW_BYTES = FAKE_VOCAB * sizeof(float) };

/// Every split of 41 tokens into two, and token by token, gives the oracle's logits in every row.
void test_splits(void) {
  enum { N = 41 };
  int32_t tokens[N];
  static float expected[N][FAKE_VOCAB], got[N][FAKE_VOCAB];
  text_tokens(0, N, tokens);
  const braid_module *modules[] = {&braid_module_data, &fake_fixed_module};
  for (int m = 0; m < 2; ++m)
    for (int threads = 1; threads <= 3; ++threads) {
      braid_model *model = open_model(modules[m], threads);
      braid_session *session = open_session(model, N);
      for (int64_t i = 0; i < N; ++i)
        expected_logits(modules[m], tokens, i + 1, expected[i]);
      for (int64_t first = 0; first <= N; ++first) {
        memset(got, 0, sizeof got);
        if (first > 0)
          CHECK_OK(braid_session_prefill(session, tokens, first, got[0], first));
        if (first < N)
          CHECK_OK(braid_session_prefill(session, tokens + first, N - first, got[first], N - first));
        CHECK(memcmp(got, expected, sizeof got) == 0);
        CHECK(braid_session_position(session) == N);
        CHECK(memcmp(braid_session_history(session), tokens, sizeof tokens) == 0);
        braid_session_reset(session);
      }
      for (int64_t i = 0; i < N; ++i) {
        CHECK_OK(braid_session_decode(session, tokens[i], got[0]));
        CHECK(memcmp(got[0], expected[i], ROW_BYTES) == 0);
      }
      braid_session_destroy(session);
      braid_model_destroy(model);
    }
}

/// Any number of rows of logits writes the last rows and nothing else.
void test_logit_rows(void) {
  enum { N = 27 };
  int32_t tokens[N];
  static float got[N + 1][FAKE_VOCAB], expected[FAKE_VOCAB];
  text_tokens(0, N, tokens);
  braid_model *model = open_model(&braid_module_data, 2);
  braid_session *session = open_session(model, 0);
  for (int64_t rows = 0; rows <= N; ++rows) {
    memset(got, 0xff, sizeof got);
    CHECK_OK(braid_session_prefill(session, tokens, N, rows ? got[0] : NULL, rows));
    for (int64_t row = 0; row < rows; ++row) {
      expected_logits(&braid_module_data, tokens, N - rows + row + 1, expected);
      CHECK(memcmp(got[row], expected, ROW_BYTES) == 0);
    }
    for (int id = 0; id < FAKE_VOCAB; ++id) {
      uint32_t bits;
      memcpy(&bits, &got[rows][id], sizeof bits);
      CHECK(bits == 0xffffffffu);
    }
    braid_session_reset(session);
  }
  CHECK_OK(braid_session_decode(session, 5, NULL)); // logits not wanted
  check_continuation(&braid_module_data, session, 6);
  braid_session_destroy(session);
  braid_model_destroy(model);
}

/// Tokens that are assumed repeat the rows before them and go on from there; taking them back leaves what was before.
void test_assume(void) {
  enum { N = 37, MORE = 100, GRANULE = 16 * FAKE_KV_WORDS * 2, HEAD = 256 + (N + MORE + 1) / 2 * 8 + 8 };
  int32_t tokens[N];
  text_tokens(0, N, tokens);
  const braid_module *modules[] = {&braid_module_data, &fake_fixed_module};
  for (int m = 0; m < 2; ++m) {
    braid_model *model = open_model(modules[m], 2);
    braid_session *session = open_session(model, N + MORE);
    CHECK_OK(braid_session_prefill(session, tokens, N, NULL, 0));
    CHECK_STATUS(braid_session_assume(session, -1), BRAID_ERROR_ARGUMENT);
    CHECK_STATUS(braid_session_assume(session, MORE + 1), BRAID_ERROR_CAPACITY);
    CHECK_OK(braid_session_assume(session, MORE));
    CHECK(braid_session_position(session) == N + MORE);
    CHECK(braid_session_history(session)[N + 3] == tokens[3]);
    size_t bytes;
    CHECK_OK(braid_session_save(session, scratch(".session")));
    uint8_t *file = read_whole(scratch(".session"), &bytes);
    for (int i = 3; i < (N + MORE) / 16; ++i) // the granule in which the assumed tokens begin stays
      CHECK(memcmp(file + HEAD + i * GRANULE, file + HEAD + i % 2 * GRANULE, GRANULE) == 0);
    free(file);
    braid_session_reset(session);
    CHECK_OK(braid_session_load(session, scratch(".session")));
    CHECK_STATUS(braid_session_decode(session, 1, NULL), BRAID_ERROR_CAPACITY);
    braid_session_reset(session);
    CHECK_OK(braid_session_assume(session, 21)); // zeros
    braid_session_reset(session);
    CHECK_OK(braid_session_prefill(session, tokens, N, NULL, 0));
    if (m == 0) { // rows of a ring would be overwritten by more
      CHECK_OK(braid_session_assume(session, 10));
      CHECK_OK(braid_session_decode(session, 1, NULL));
      CHECK_OK(braid_session_rollback(session, 11));
    }
    check_continuation(modules[m], session, 5);
    braid_session_destroy(session);
    braid_model_destroy(model);
  }
}

static void *walk(void *argument) {
  for (int64_t i = 0; i < 120; ++i)
    check_continuation(&fake_fixed_module, argument, text_token(i * 3));
  return NULL;
}

/// Sessions of one model that step at once, on threads of their own, do not disturb each other.
void test_many_sessions(void) {
  enum { SESSIONS = 4 };
  braid_model *model = open_model(&fake_fixed_module, 2);
  braid_session *sessions[SESSIONS];
  pthread_t threads[SESSIONS];
  for (int i = 0; i < SESSIONS; ++i)
    sessions[i] = open_session(model, 150);
  for (int i = 0; i < SESSIONS; ++i)
    CHECK(pthread_create(&threads[i], NULL, walk, sessions[i]) == 0);
  for (int i = 0; i < SESSIONS; ++i)
    pthread_join(threads[i], NULL);
  // The model's memory lives as long as its last session.
  braid_model_destroy(model);
  for (int i = 0; i < SESSIONS; ++i) {
    check_continuation(&fake_fixed_module, sessions[i], 3);
    braid_session_destroy(sessions[i]);
  }
  braid_session_destroy(NULL);
  braid_model_destroy(NULL);
}

/// What describe and bytes say.
void test_describe(void) {
  braid_model *model = open_model(&braid_module_data, 2);
  braid_model_info info = {.struct_bytes = sizeof info};
  braid_model_describe(model, &info);
  CHECK(strcmp(info.name, "fake") == 0 && strcmp(info.manifest, "{\"name\": \"fake\"}") == 0);
  CHECK(info.threads == 2 && info.vocab == FAKE_VOCAB && info.max_positions == FAKE_POSITIONS);
  CHECK(info.max_tokens == FAKE_MAX_TOKENS && info.weights_bytes == FAKE_VOCAB * 8);
  // An older program's shorter struct is not written past its end.
  struct {
    uint32_t struct_bytes;
    int32_t threads;
    const char *beyond;
  } old = {8, 0, "untouched"};
  braid_model_describe(model, (braid_model_info *)&old);
  CHECK(old.threads == 2 && strcmp(old.beyond, "untouched") == 0);

  CHECK(braid_abi_version() == BRAID_ABI_VERSION && strlen(braid_version_text()) >= 5);
  CHECK(strcmp(braid_status_name(BRAID_OK), "ok") == 0);
  CHECK(strcmp(braid_status_name(BRAID_ERROR_THREADS), "threads") == 0);
  CHECK(strcmp(braid_status_name((braid_status)99), "unknown") == 0);

  // Capacity is rounded up to granules; the ring stops growing at its 48 rows.
  int64_t at100 = braid_model_session_bytes(model, 100), at200 = braid_model_session_bytes(model, 200);
  CHECK(at200 - at100 == (208 - 112) * 2 * FAKE_KV_WORDS * 2 + 100 * (4 + 1));
  CHECK(braid_model_session_bytes(model, 0) == braid_model_session_bytes(model, FAKE_POSITIONS));
  CHECK(braid_model_session_bytes(model, FAKE_POSITIONS + 1) == -1 && braid_model_session_bytes(model, -1) == -1);
  braid_session *session = open_session(model, 100);
  CHECK(braid_session_bytes(session) == at100 && braid_session_capacity(session) == 100);
  CHECK(braid_session_position(session) == 0 && braid_session_message(session)[0] == 0);
  braid_session_destroy(session);
  braid_model_destroy(model);
}
