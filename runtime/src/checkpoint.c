// SPDX-License-Identifier: Apache-2.0
/// \file
/// Checkpoints: copies of the fixed (recurrent) states at multiples of an interval of positions. A recurrent state can
/// not forget its last token, so a session goes back to a checkpoint and reads what lies between again.
#include "runtime/src/internal.h"
#include <stdlib.h>
#include <string.h>

enum { DEFAULT_INTERVAL = 512, DEFAULT_COUNT = 8 };

bool braid_has_fixed_states(const braid_module *module) {
  for (int64_t i = 0; i < module->state_count; ++i)
    if (module->states[i].kind == BRAID_STATE_FIXED)
      return true;
  return false;
}

/// Bytes of all fixed states, each at a multiple of 64.
static size_t fixed_bytes(const braid_module *module) {
  size_t bytes = 0;
  for (int64_t i = 0; i < module->state_count; ++i)
    if (module->states[i].kind == BRAID_STATE_FIXED)
      bytes += (size_t)braid_round_up(module->states[i].row_bytes, 64);
  return bytes;
}

size_t braid_checkpoints_bytes(const braid_module *module, int64_t interval, int64_t count) {
  return interval > 0 ? (size_t)count * (fixed_bytes(module) + sizeof(braid_checkpoint)) : 0;
}

int64_t braid_checkpoints_default(const braid_module *module, int64_t capacity, int64_t *interval) {
  *interval = DEFAULT_INTERVAL;
  if (!braid_has_fixed_states(module))
    return 0;
  return capacity / DEFAULT_INTERVAL < DEFAULT_COUNT ? capacity / DEFAULT_INTERVAL : DEFAULT_COUNT;
}

bool braid_checkpoints_acquire(braid_session *session, int64_t interval, int64_t count) {
  const braid_module *module = session->model->module;
  braid_checkpoints made = {.interval = interval, .count = count, .bytes = (size_t)count * fixed_bytes(module)};
  made.list = calloc((size_t)count + 1, sizeof *made.list);
  made.memory = braid_memory_acquire(made.bytes);
  if (!made.list || !made.memory) {
    free(made.list);
    braid_memory_release(made.memory, made.bytes);
    return false;
  }
  for (int64_t i = 0; i < count; ++i)
    made.list[i].data = made.memory + (size_t)i * fixed_bytes(module);
  braid_checkpoints_release(session);
  session->checkpoints = made;
  return true;
}

void braid_checkpoints_release(braid_session *session) {
  free(session->checkpoints.list);
  if (session->checkpoints.memory)
    braid_memory_release(session->checkpoints.memory, session->checkpoints.bytes);
  session->checkpoints = (braid_checkpoints){0};
}

/// Copies all fixed states out of the session, or back into it.
static void copy_fixed(const braid_session *session, uint8_t *data, bool out) {
  const braid_module *module = session->model->module;
  for (int64_t i = 0; i < module->state_count; ++i) {
    if (module->states[i].kind != BRAID_STATE_FIXED)
      continue;
    size_t bytes = (size_t)module->states[i].row_bytes;
    memcpy(out ? data : session->states[i].data, out ? session->states[i].data : data, bytes);
    data += braid_round_up((int64_t)bytes, 64);
  }
}

/// Makes room for one more: gives up the one of the older half whose neighbours are the closest, so that what is left
/// lies denser the nearer it is to the end.
static void give_up_one(braid_checkpoints *points) {
  int64_t victim = 0, closest = INT64_MAX;
  for (int64_t i = 0; i <= points->used / 2 && i < points->used; ++i) {
    int64_t before = i ? points->list[i - 1].position : 0;
    int64_t after = i + 1 < points->used ? points->list[i + 1].position : INT64_MAX;
    if (after - before < closest) {
      closest = after - before;
      victim = i;
    }
  }
  braid_checkpoint freed = points->list[victim];
  memmove(points->list + victim, points->list + victim + 1, (size_t)(points->used - victim - 1) * sizeof freed);
  points->list[--points->used] = freed;
}

int64_t braid_checkpoints_next(const braid_session *session) {
  const braid_checkpoints *points = &session->checkpoints;
  return points->count ? (session->position / points->interval + 1) * points->interval : INT64_MAX;
}

void braid_checkpoints_note(braid_session *session) {
  braid_checkpoints *points = &session->checkpoints;
  if (!points->count || session->position % points->interval ||
      (points->used && points->list[points->used - 1].position >= session->position))
    return;
  if (points->used == points->count)
    give_up_one(points);
  braid_checkpoint *point = &points->list[points->used++];
  point->position = session->position;
  copy_fixed(session, point->data, true);
}

int64_t braid_checkpoints_before(const braid_session *session, int64_t target) {
  const braid_checkpoints *points = &session->checkpoints;
  int64_t found = 0;
  for (int64_t i = 0; i < points->used && points->list[i].position <= target; ++i)
    found = points->list[i].position;
  return found;
}

void braid_checkpoints_restore(braid_session *session, int64_t position) {
  const braid_checkpoints *points = &session->checkpoints;
  for (int64_t i = 0; i < points->used; ++i)
    if (points->list[i].position == position)
      copy_fixed(session, points->list[i].data, false);
}

void braid_checkpoints_forget(braid_session *session, int64_t position) {
  braid_checkpoints *points = &session->checkpoints;
  while (points->used && points->list[points->used - 1].position > position)
    --points->used;
}

void braid_checkpoints_copy(const braid_session *from, braid_session *to) {
  size_t bytes = fixed_bytes(from->model->module);
  to->checkpoints.used = from->checkpoints.used;
  for (int64_t i = 0; i < from->checkpoints.used; ++i) {
    to->checkpoints.list[i].position = from->checkpoints.list[i].position;
    memcpy(to->checkpoints.list[i].data, from->checkpoints.list[i].data, bytes);
  }
}

braid_status braid_session_checkpoints(braid_session *session, int64_t interval, int64_t count) {
  if (!session)
    return BRAID_ERROR_ARGUMENT;
  const braid_module *module = session->model->module;
  if (interval < 1 || count < 0)
    return braid_fail(&session->error, BRAID_ERROR_ARGUMENT,
                      "checkpoints: expected an interval of at least 1 and a count of at least 0, got %lld and %lld",
                      (long long)interval, (long long)count);
  if (!braid_has_fixed_states(module))
    return BRAID_OK; // such a session goes back without
  int64_t most = session->capacity / interval;
  count = count < most ? count : most;
  int64_t before = (int64_t)braid_checkpoints_bytes(module, 1, session->checkpoints.count);
  if (!braid_checkpoints_acquire(session, interval, count))
    return braid_fail(&session->error, BRAID_ERROR_MEMORY, "checkpoints: no memory for %lld of %zu bytes each",
                      (long long)count, fixed_bytes(module));
  session->bytes += (int64_t)braid_checkpoints_bytes(module, 1, count) - before;
  return BRAID_OK;
}
