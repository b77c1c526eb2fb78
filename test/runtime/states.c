// SPDX-License-Identifier: Apache-2.0
/// \file
/// Going back and copying: rollback, reuse, rings, recurrent states, snapshots, forks and files, alone and at random.
#include "runtime/src/internal.h"
#include "test/runtime/support.h"
#include <stdlib.h>
#include <string.h>

static void advance(braid_session *session, int64_t begin, int64_t n) {
  int32_t tokens[FAKE_POSITIONS];
  text_tokens(begin, n, tokens);
  CHECK_OK(braid_session_prefill(session, tokens, n, NULL, 0));
}

/// Tasks write whole granules of 16 positions at once: those that a call touches lie apart, however small the window.
void test_ring_granules(void) {
  for (int32_t window = 1; window < 40; ++window)
    for (int64_t most = 1; most < 70; ++most) {
      braid_state_desc ring = {.name = "ring", .kind = BRAID_STATE_ROWS, .window = window, .planes = 1, .row_bytes = 4};
      braid_module module = {.max_tokens = most};
      int64_t granules = braid_state_rows(&module, &ring, 1 << 20) / 16;
      for (int64_t first = 0; first < 16; ++first)
        CHECK((first + most - 1) / 16 + 1 <= granules);
    }
}

/// A ring goes back as far as it holds the window before the target, from positions before and after it wraps.
void test_rings(void) {
  braid_model *model = open_model(&braid_module_data, 1);
  for (int64_t position = 1; position <= 150; position += position < 52 ? 1 : 6)
    for (int64_t n = 0; n <= position; ++n) {
      braid_session *session = open_session(model, 200);
      advance(session, 0, position);
      int64_t target = position - n, lost = position - FAKE_RING_ROWS; // rows below `lost` are overwritten
      int64_t needed = target - FAKE_WINDOW + 1;
      bool possible = target == 0 || lost <= 0 || n == 0 || (needed > 0 ? needed : 0) >= lost;
      CHECK_STATUS(braid_session_rollback(session, n), possible ? BRAID_OK : BRAID_ERROR_ROLLBACK);
      if (!possible) {
        CHECK_TEXT(braid_session_message(session), "the ring of state 'layers.1.ring' no longer holds the window of 20");
        CHECK(braid_session_position(session) == position);
      }
      check_continuation(&braid_module_data, session, 9);
      braid_session_destroy(session);
    }
  braid_model_destroy(model);
}

/// A recurrent state goes back to a checkpoint and reads on from there: any distance, with and without checkpoints.
void test_fixed(void) {
  braid_model *model = open_model(&fake_fixed_module, 1);
  for (int64_t interval = 1; interval <= 64; interval = interval * 3 / 2 + 1)
    for (int64_t count = 0; count <= 4; count += 2)
      for (int64_t position = 1; position <= 43; position += 6) // the ring never wraps
        for (int64_t n = 0; n <= position; n += 3) {
          braid_session *session = open_session(model, 100);
          CHECK_OK(braid_session_checkpoints(session, interval, count));
          advance(session, 0, position);
          CHECK_OK(braid_session_rollback(session, n));
          CHECK(braid_session_position(session) == position - n);
          check_continuation(&fake_fixed_module, session, 5);
          // A copy has the checkpoints as well.
          braid_session *copy;
          CHECK_OK(braid_session_fork(session, &copy));
          CHECK(braid_session_bytes(copy) == braid_session_bytes(session));
          CHECK_OK(braid_session_rollback(copy, 1));
          check_continuation(&fake_fixed_module, copy, 3);
          braid_session_destroy(copy);
          braid_session_destroy(session);
        }
  braid_session *session = open_session(model, 100);
  CHECK_STATUS(braid_session_checkpoints(session, 0, 1), BRAID_ERROR_ARGUMENT);
  CHECK_TEXT(braid_session_message(session), "expected an interval of at least 1 and a count of at least 0, got 0 and 1");
  CHECK_STATUS(braid_session_checkpoints(session, 1, -1), BRAID_ERROR_ARGUMENT);

  // A prompt that goes on from the history is reused whole; one that turns off, from the last checkpoint before that.
  int32_t tokens[60], other[60];
  text_tokens(0, 60, tokens);
  CHECK_OK(braid_session_checkpoints(session, 8, 100));
  CHECK_OK(braid_session_prefill(session, tokens, 50, NULL, 0));
  int64_t kept = -1;
  CHECK_OK(braid_session_reuse(session, tokens, 60, &kept));
  CHECK(kept == 50);
  memcpy(other, tokens, sizeof other);
  other[37] = (other[37] + 1) % FAKE_VOCAB;
  CHECK_OK(braid_session_reuse(session, other, 60, &kept));
  CHECK(kept == 32 && braid_session_position(session) == 32);
  CHECK_OK(braid_session_prefill(session, other + 32, 27, NULL, 0));
  check_continuation(&fake_fixed_module, session, other[59]);
  CHECK(memcmp(braid_session_history(session), other, 59 * sizeof *other) == 0);
  braid_session_destroy(session);
  braid_model_destroy(model);
}

/// Ten turns of a chat, each of which changes the end of the last one: no turn reads more than an interval again.
void test_chat(void) {
  enum { INTERVAL = 16, TURN = 9 };
  braid_model *model = open_model(&fake_fixed_module, 2);
  braid_session *session = open_session(model, 150);
  CHECK_OK(braid_session_checkpoints(session, INTERVAL, 10));
  int32_t prompt[150];
  int64_t length = 40;
  text_tokens(0, 150, prompt);
  for (int turn = 0; turn < 10; ++turn) {
    int64_t kept, seen = braid_session_position(session);
    prompt[length - 3] = (prompt[length - 3] + 1) % FAKE_VOCAB; // the answer is rendered otherwise than it was read
    int64_t fresh = length + TURN - (seen ? length - 3 : 0);     // what no session has seen
    CHECK_OK(braid_session_reuse(session, prompt, length + TURN, &kept));
    CHECK(length + TURN - kept - fresh <= INTERVAL);
    CHECK_OK(braid_session_prefill(session, prompt + kept, length + TURN - kept - 1, NULL, 0));
    length += TURN;
    check_continuation(&fake_fixed_module, session, prompt[length - 1]);
  }
  braid_session_destroy(session);
  braid_model_destroy(model);
}

/// The longest common prefix is kept, one token at least is left.
void test_reuse(void) {
  braid_model *model = open_model(&braid_module_data, 2);
  braid_session *session = open_session(model, 100);
  int32_t tokens[40], other[40];
  text_tokens(0, 40, tokens);
  int64_t kept = -1;
  CHECK_OK(braid_session_reuse(session, tokens, 40, &kept)); // nothing to keep yet
  CHECK(kept == 0);
  for (int64_t common = 0; common <= 30; ++common) {
    braid_session_reset(session);
    CHECK_OK(braid_session_prefill(session, tokens, 30, NULL, 0));
    memcpy(other, tokens, sizeof other);
    if (common < 30)
      other[common] = (other[common] + 1) % FAKE_VOCAB;
    CHECK_OK(braid_session_reuse(session, other, 30, &kept));
    CHECK(kept == (common < 29 ? common : 29) && braid_session_position(session) == kept);
    if (kept < 29)
      CHECK_OK(braid_session_prefill(session, other + kept, 29 - kept, NULL, 0));
    check_continuation(&braid_module_data, session, other[29]);
    CHECK(memcmp(braid_session_history(session), other, 30 * sizeof *other) == 0);
  }
  // Past the ring's reach it starts afresh rather than fails.
  braid_session_reset(session);
  advance(session, 0, 90);
  CHECK_OK(braid_session_reuse(session, tokens, 30, &kept));
  CHECK(kept == 0);
  CHECK_STATUS(braid_session_reuse(session, tokens, 0, &kept), BRAID_ERROR_ARGUMENT);
  CHECK_STATUS(braid_session_reuse(session, NULL, 1, &kept), BRAID_ERROR_ARGUMENT);
  CHECK_STATUS(braid_session_reuse(session, tokens, 1, NULL), BRAID_ERROR_ARGUMENT);
  braid_session_destroy(session);
  braid_model_destroy(model);
}

/// Snapshot, fork and save/load at every position continue bit-equally, in sessions of other capacities as well.
void test_copies(void) {
  const braid_module *modules[] = {&braid_module_data, &fake_fixed_module};
  for (int m = 0; m < 2; ++m) {
    braid_model *model = open_model(modules[m], 2);
    const char *path = scratch(".session");
    for (int64_t position = 0; position < 110; ++position) {
      braid_session *session = open_session(model, 111), *wide = open_session(model, 0), *fork;
      braid_session *tight = open_session(model, position + 1);
      if (position > 0)
        advance(session, 0, position);
      advance(wide, 500, 70); // to be overwritten
      braid_snapshot *snapshot;
      CHECK_OK(braid_snapshot_create(session, &snapshot));
      CHECK(braid_snapshot_position(snapshot) == position && braid_snapshot_bytes(snapshot) > 256);
      CHECK_OK(braid_session_fork(session, &fork));
      CHECK(braid_session_capacity(fork) == 111);
      if (position % 10 == 3)
        CHECK_OK(braid_session_save(session, path));
      check_continuation(modules[m], session, 4);
      CHECK_OK(braid_snapshot_restore(snapshot, wide));
      CHECK_OK(braid_snapshot_restore(snapshot, tight));
      check_continuation(modules[m], wide, 5);
      check_continuation(modules[m], tight, 6);
      check_continuation(modules[m], fork, 7);
      if (position % 10 == 3) {
        CHECK_OK(braid_session_load(wide, path));
        CHECK(braid_session_position(wide) == position);
        check_continuation(modules[m], wide, 8);
      }
      CHECK_OK(braid_snapshot_restore(snapshot, session));
      check_continuation(modules[m], session, 9);
      braid_snapshot_destroy(snapshot);
      braid_session_destroy(fork);
      braid_session_destroy(tight);
      braid_session_destroy(wide);
      braid_session_destroy(session);
    }
    braid_model_destroy(model);
  }
  braid_snapshot_destroy(NULL);
}

/// Which positions the ring's slots hold, kept beside the session under test.
typedef struct ring_model {
  int64_t slots[FAKE_POSITIONS + 16];
  int64_t rows;
} ring_model;

static void ring_write(ring_model *ring, int64_t begin, int64_t end) {
  for (int64_t p = begin; p < end; ++p)
    ring->slots[p % ring->rows] = p;
}

static bool ring_holds(const ring_model *ring, int64_t target) {
  for (int64_t p = target - FAKE_WINDOW + 1 < 0 ? 0 : target - FAKE_WINDOW + 1; p < target; ++p)
    if (ring->slots[p % ring->rows] != p)
      return false;
  return true;
}

/// 4000 random calls on two sessions of different capacity; every few, the logits are compared with the oracle.
void test_random_walk(void) {
  uint64_t seed = 2026;
  braid_model *model = open_model(&braid_module_data, 2);
  int64_t capacities[2] = {FAKE_POSITIONS, 90};
  braid_session *sessions[2] = {open_session(model, 0), open_session(model, 90)};
  ring_model rings[2] = {{.rows = FAKE_RING_ROWS}, {.rows = FAKE_RING_ROWS}}, saved_ring = rings[0];
  braid_snapshot *snapshot;
  const char *path = scratch(".session");
  CHECK_OK(braid_snapshot_create(sessions[0], &snapshot));
  CHECK_OK(braid_session_save(sessions[0], path));
  ring_model file_ring = rings[0];
  int64_t file_position = 0, refused = 0, accepted = 0;

  for (int turn = 0; turn < 4000; ++turn) {
    int which = (int)random_below(&seed, 2);
    braid_session *session = sessions[which];
    int64_t position = braid_session_position(session), room = capacities[which] - position;
    switch (random_below(&seed, 8)) {
    case 0:
    case 1: { // prefill
      int64_t n = 1 + (int64_t)random_below(&seed, 40);
      int32_t tokens[40];
      text_tokens((int64_t)random_below(&seed, 1000), n, tokens);
      CHECK_STATUS(braid_session_prefill(session, tokens, n, NULL, 0), n <= room ? BRAID_OK : BRAID_ERROR_CAPACITY);
      if (n <= room)
        ring_write(&rings[which], position, position + n);
      break;
    }
    case 2: { // rollback
      int64_t n = (int64_t)random_below(&seed, position < 40 ? (uint64_t)position + 1 : 40);
      bool possible = position == n || ring_holds(&rings[which], position - n);
      CHECK_STATUS(braid_session_rollback(session, n), possible ? BRAID_OK : BRAID_ERROR_ROLLBACK);
      *(possible ? &accepted : &refused) += 1;
      break;
    }
    case 3: // snapshot
      braid_snapshot_destroy(snapshot);
      CHECK_OK(braid_snapshot_create(session, &snapshot));
      saved_ring = rings[which];
      break;
    case 4: { // restore
      bool fits = braid_snapshot_position(snapshot) <= capacities[which];
      CHECK_STATUS(braid_snapshot_restore(snapshot, session), fits ? BRAID_OK : BRAID_ERROR_CAPACITY);
      if (fits)
        rings[which] = saved_ring;
      break;
    }
    case 5: { // fork
      braid_session *copy;
      CHECK_OK(braid_session_fork(session, &copy));
      braid_session_destroy(session);
      sessions[which] = session = copy;
      break;
    }
    case 6: // files
      if (random_below(&seed, 2)) {
        CHECK_OK(braid_session_save(session, path));
        file_position = position;
        file_ring = rings[which];
      } else {
        bool fits = file_position <= capacities[which];
        CHECK_STATUS(braid_session_load(session, path), fits ? BRAID_OK : BRAID_ERROR_CAPACITY);
        if (fits)
          rings[which] = file_ring;
      }
      break;
    default:
      if (random_below(&seed, 20) == 0)
        braid_session_reset(session);
    }
    position = braid_session_position(session);
    if (position < capacities[which]) {
      check_continuation(&braid_module_data, session, text_token((int64_t)random_below(&seed, 1000)));
      ring_write(&rings[which], position, position + 1);
    } else {
      braid_session_reset(session);
    }
  }
  CHECK(accepted > 100 && refused > 10); // the walk met both
  braid_snapshot_destroy(snapshot);
  braid_session_destroy(sessions[0]);
  braid_session_destroy(sessions[1]);
  braid_model_destroy(model);
}
