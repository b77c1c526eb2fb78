// SPDX-License-Identifier: Apache-2.0
/// \file
/// A session: memory for all states of one sequence, its tokens so far, and going back in them.
#include "runtime/src/internal.h"
#include <stdlib.h>
#include <string.h>

static const size_t state_alignment = 64;

/// Places the states one after the other: fills states[i].rows and, as an offset, offsets[i] (both may be NULL).
/// Returns false if the sizes overflow.
static bool lay_out(const braid_module *module, int64_t capacity, braid_state *states, size_t *offsets,
                    size_t *total) {
  *total = 0;
  for (int64_t i = 0; i < module->state_count; ++i) {
    int64_t rows = braid_state_rows(module, &module->states[i], capacity);
    size_t bytes;
    if (!braid_state_bytes(&module->states[i], rows, &bytes) || bytes > SIZE_MAX / 2 - *total - state_alignment)
      return false;
    if (states) {
      states[i].rows = rows;
      offsets[i] = *total;
    }
    *total += (bytes + state_alignment - 1) / state_alignment * state_alignment;
  }
  return true;
}

/// Bytes of everything that a session owns, of which *states for its states; -1 if too large.
static int64_t session_bytes(const braid_module *module, int64_t capacity, size_t *states) {
  if (!lay_out(module, capacity, NULL, NULL, states))
    return -1;
  size_t tables = (size_t)module->state_count * (sizeof(braid_state) + sizeof(int64_t));
  int64_t interval, count = braid_checkpoints_default(module, capacity, &interval);
  return (int64_t)(*states + tables + sizeof(braid_session) + (size_t)capacity * (sizeof(int32_t) + 1) +
                   braid_checkpoints_bytes(module, interval, count));
}

int64_t braid_model_session_bytes(const braid_model *model, int64_t capacity) {
  size_t states;
  if (capacity < 0 || capacity > model->module->max_positions)
    return -1;
  return session_bytes(model->module, capacity ? capacity : model->module->max_positions, &states);
}

static bool acquire(braid_session *session) {
  const braid_module *module = session->model->module;
  size_t count = (size_t)module->state_count + 1; // never zero
  session->states = calloc(count, sizeof *session->states);
  session->oldest = calloc(count, sizeof *session->oldest);
  session->history = calloc((size_t)session->capacity, sizeof *session->history);
  session->begins = calloc((size_t)session->capacity, sizeof *session->begins);
  session->memory = braid_memory_acquire(session->memory_bytes);
  size_t *offsets = calloc(count, sizeof *offsets);
  size_t total;
  int64_t interval, checkpoints = braid_checkpoints_default(module, session->capacity, &interval);
  bool ok = session->states && session->oldest && session->history && session->begins && session->memory && offsets &&
            lay_out(module, session->capacity, session->states, offsets, &total) &&
            braid_checkpoints_acquire(session, interval, checkpoints);
  for (int64_t i = 0; ok && i < module->state_count; ++i)
    session->states[i].data = session->memory + offsets[i];
  free(offsets);
  return ok;
}

braid_status braid_session_create(braid_model *model, int64_t capacity, braid_session **session, braid_error *error) {
  if (error)
    error->text[0] = 0;
  if (session)
    *session = NULL;
  if (!model || !session)
    return braid_fail(error, BRAID_ERROR_ARGUMENT, "expected a %s, got NULL",
                      model ? "place for the session" : "model");
  int64_t most = model->module->max_positions;
  if (capacity < 0)
    return braid_fail(error, BRAID_ERROR_ARGUMENT, "capacity: expected 0 to %lld, got %lld", (long long)most,
                      (long long)capacity);
  if (capacity > most)
    return braid_fail(error, BRAID_ERROR_CAPACITY, "capacity: expected at most the context length %lld, got %lld",
                      (long long)most, (long long)capacity);
  capacity = capacity ? capacity : most;
  size_t states;
  int64_t bytes = session_bytes(model->module, capacity, &states);
  braid_session *made = bytes < 0 ? NULL : calloc(1, sizeof *made);
  if (made) {
    *made = (braid_session){.model = model, .capacity = capacity, .bytes = bytes, .memory_bytes = states};
    atomic_fetch_add(&model->references, 1);
    if (acquire(made)) {
      *session = made;
      return BRAID_OK;
    }
    braid_session_destroy(made);
  }
  return braid_fail(error, BRAID_ERROR_MEMORY, "no memory for a session of %lld positions", (long long)capacity);
}

void braid_session_destroy(braid_session *session) {
  if (!session)
    return;
  braid_memory_release(session->memory, session->memory_bytes);
  free(session->states);
  free(session->oldest);
  free(session->history);
  free(session->begins);
  braid_checkpoints_release(session);
  braid_model_release(session->model);
  free(session);
}

const char *braid_session_message(const braid_session *session) { return session->error.text; }
int64_t braid_session_position(const braid_session *session) { return session->position; }
int64_t braid_session_capacity(const braid_session *session) { return session->capacity; }
int64_t braid_session_bytes(const braid_session *session) { return session->bytes; }
const int32_t *braid_session_history(const braid_session *session) { return session->history; }

void braid_session_reset(braid_session *session) {
  const braid_module *module = session->model->module;
  for (int64_t i = 0; i < module->state_count; ++i) {
    session->oldest[i] = 0;
    if (module->states[i].kind == BRAID_STATE_FIXED)
      memset(session->states[i].data, 0, (size_t)module->states[i].row_bytes);
  }
  session->position = 0;
  braid_checkpoints_forget(session, 0);
}

/// The last position, at most `target`, to which the fixed states can go back.
static int64_t reachable(const braid_session *session, int64_t target) {
  if (target == session->position || !braid_has_fixed_states(session->model->module))
    return target;
  return braid_checkpoints_before(session, target);
}

/// The first state with rows that cannot go back to `target`; NULL if all can.
static const braid_state_desc *obstacle(const braid_session *session, int64_t target) {
  const braid_module *module = session->model->module;
  if (target != 0 && target != session->position)
    for (int64_t i = 0; i < module->state_count; ++i)
      if (module->states[i].kind == BRAID_STATE_ROWS &&
          !braid_state_reaches(&module->states[i], session->oldest[i], target))
        return &module->states[i];
  return NULL;
}

/// Goes back to `target`, which all states reach.
static void go_back(braid_session *session, int64_t target) {
  if (target == 0) {
    braid_session_reset(session);
  } else if (target != session->position) {
    braid_checkpoints_restore(session, target);
    braid_checkpoints_forget(session, target);
  }
  session->position = target;
}

braid_status braid_session_rollback(braid_session *session, int64_t n) {
  if (!session)
    return BRAID_ERROR_ARGUMENT;
  if (n < 0 || n > session->position)
    return braid_fail(&session->error, BRAID_ERROR_ARGUMENT, "rollback: expected 0 to %lld tokens, got %lld",
                      (long long)session->position, (long long)n);
  int64_t target = session->position - n;
  int64_t from = reachable(session, target);
  const braid_state_desc *desc = obstacle(session, from);
  if (desc)
    return braid_fail(&session->error, BRAID_ERROR_ROLLBACK,
                      "rollback: the ring of state '%s' no longer holds the window of %d before position %lld: "
                      "restore a snapshot instead",
                      desc->name, desc->window, (long long)from);
  go_back(session, from);
  braid_session_replay(session, target);
  return BRAID_OK;
}

braid_status braid_session_reuse(braid_session *session, const int32_t *tokens, int64_t n, int64_t *kept) {
  if (!session)
    return BRAID_ERROR_ARGUMENT;
  if (!tokens || !kept || n < 1)
    return braid_fail(&session->error, BRAID_ERROR_ARGUMENT, "reuse: expected at least 1 token and a place for `kept`");
  int64_t most = session->position < n - 1 ? session->position : n - 1; // one is left to evaluate
  int64_t common = 0;
  while (common < most && tokens[common] == session->history[common])
    ++common;
  common = reachable(session, common);
  if (obstacle(session, common))
    common = 0;
  go_back(session, common);
  *kept = common;
  return BRAID_OK;
}

braid_status braid_session_fork(braid_session *session, braid_session **copy) {
  if (copy)
    *copy = NULL;
  if (!session)
    return BRAID_ERROR_ARGUMENT;
  if (!copy)
    return braid_fail(&session->error, BRAID_ERROR_ARGUMENT, "fork: expected a place for the copy, got NULL");
  braid_status status = braid_session_create(session->model, session->capacity, copy, &session->error);
  if (status != BRAID_OK)
    return status;
  const braid_module *module = session->model->module;
  for (int64_t i = 0; i < module->state_count; ++i) {
    braid_state_copy(module, &module->states[i], &session->states[i], &(*copy)->states[i], session->position);
    (*copy)->oldest[i] = session->oldest[i];
  }
  memcpy((*copy)->history, session->history, (size_t)session->position * sizeof *session->history);
  memcpy((*copy)->begins, session->begins, (size_t)session->position);
  (*copy)->position = session->position;
  if (!braid_checkpoints_acquire(*copy, session->checkpoints.interval, session->checkpoints.count)) {
    braid_session_destroy(*copy);
    *copy = NULL;
    return braid_fail(&session->error, BRAID_ERROR_MEMORY, "fork: no memory for %lld checkpoints",
                      (long long)session->checkpoints.count);
  }
  (*copy)->bytes = session->bytes;
  braid_checkpoints_copy(session, *copy);
  return BRAID_OK;
}
