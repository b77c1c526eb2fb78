// SPDX-License-Identifier: Apache-2.0
/// \file
/// Prefill and decode: checks everything first, then calls the generated code piece by piece.
#include "runtime/src/internal.h"
#include <string.h>

static braid_status check(braid_session *session, const int32_t *tokens, int64_t n, const float *logits,
                          int64_t logit_rows) {
  braid_error *error = &session->error;
  if (n < 1 || !tokens)
    return braid_fail(error, BRAID_ERROR_ARGUMENT, "prefill: expected at least 1 token, got %lld",
                      tokens ? (long long)n : 0);
  if (logit_rows < 0 || logit_rows > n)
    return braid_fail(error, BRAID_ERROR_ARGUMENT, "prefill: expected 0 to %lld rows of logits, got %lld",
                      (long long)n, (long long)logit_rows);
  if (logit_rows > 0 && !logits)
    return braid_fail(error, BRAID_ERROR_ARGUMENT, "prefill: expected a place for %lld rows of logits, got NULL",
                      (long long)logit_rows);
  if (n > session->capacity - session->position)
    return braid_fail(error, BRAID_ERROR_CAPACITY,
                      "prefill: %lld tokens at position %lld do not fit the session's capacity of %lld", (long long)n,
                      (long long)session->position, (long long)session->capacity);
  int64_t vocab = session->model->module->vocab;
  for (int64_t i = 0; i < n; ++i)
    if (tokens[i] < 0 || tokens[i] >= vocab)
      return braid_fail(error, BRAID_ERROR_TOKEN, "prefill: token %lld: expected an id below %lld, got %d",
                        (long long)i, (long long)vocab, tokens[i]);
  return BRAID_OK;
}

/// Moves on behind one piece, at most max_tokens, and notes which rows the rings overwrote.
static void advance(braid_session *session, int64_t count) {
  memset(session->begins + session->position, 0, (size_t)count);
  session->begins[session->position] = 1;
  session->position += count;
  const braid_module *module = session->model->module;
  for (int64_t i = 0; i < module->state_count; ++i)
    if (module->states[i].window > 0 && session->oldest[i] < session->position - session->states[i].rows)
      session->oldest[i] = session->position - session->states[i].rows;
  braid_checkpoints_note(session);
}

/// The size of the piece with which `left` tokens begin: a checkpoint lies between pieces.
static int64_t piece(const braid_session *session, int64_t left) {
  int64_t most = session->model->module->max_tokens, due = braid_checkpoints_next(session) - session->position;
  most = due < most ? due : most;
  return left < most ? left : most;
}

/// Evaluates one piece.
static void step(braid_session *session, const int32_t *tokens, int64_t count, float *logits, int64_t logit_rows) {
  const braid_model *model = session->model;
  braid_call call = {.parallel = braid_pool_run,
                     .pool = model->pool,
                     .weights = model->weights.data,
                     .states = session->states,
                     .arena = model->arena,
                     .tokens = tokens,
                     .count = count,
                     .position = session->position,
                     .logits = logits,
                     .logit_rows = logit_rows,
                     .threads = model->threads};
  model->isa->step(&call);
  if (tokens != session->history + session->position)
    memcpy(session->history + session->position, tokens, (size_t)count * sizeof *tokens);
  advance(session, count);
}

void braid_session_replay(braid_session *session, int64_t target) {
  braid_model *model = session->model;
  if (session->position >= target)
    return;
  pthread_mutex_lock(&model->step_lock);
  uint32_t fp = braid_fp_enter();
  braid_pool_wake(model->pool);
  while (session->position < target) {
    int64_t end = session->position + 1;
    while (end < target && !session->begins[end])
      ++end;
    step(session, session->history + session->position, end - session->position, NULL, 0);
  }
  braid_fp_leave(fp);
  pthread_mutex_unlock(&model->step_lock);
}

braid_status braid_session_prefill(braid_session *session, const int32_t *tokens, int64_t n, float *logits,
                                   int64_t logit_rows) {
  if (!session)
    return BRAID_ERROR_ARGUMENT;
  braid_status status = check(session, tokens, n, logits, logit_rows);
  if (status != BRAID_OK)
    return status;
  braid_model *model = session->model;
  int64_t vocab = model->module->vocab;
  int64_t first_row = n - logit_rows; // logits start with this token
  pthread_mutex_lock(&model->step_lock);
  uint32_t fp = braid_fp_enter();
  braid_pool_wake(model->pool);
  for (int64_t begin = 0, end; begin < n; begin = end) {
    end = begin + piece(session, n - begin);
    int64_t row = begin > first_row ? begin : first_row;
    int64_t rows = row < end ? end - row : 0;
    step(session, tokens + begin, end - begin, rows ? logits + (row - first_row) * vocab : NULL, rows);
  }
  braid_fp_leave(fp);
  pthread_mutex_unlock(&model->step_lock);
  return BRAID_OK;
}

braid_status braid_session_decode(braid_session *session, int32_t token, float *logits) {
  return braid_session_prefill(session, &token, 1, logits, logits ? 1 : 0);
}

braid_status braid_session_assume(braid_session *session, int64_t n) {
  if (!session)
    return BRAID_ERROR_ARGUMENT;
  const braid_module *module = session->model->module;
  int64_t from = session->position;
  if (n < 0)
    return braid_fail(&session->error, BRAID_ERROR_ARGUMENT, "assume: expected at least 0 tokens, got %lld",
                      (long long)n);
  if (n > session->capacity - from)
    return braid_fail(&session->error, BRAID_ERROR_CAPACITY,
                      "assume: %lld tokens at position %lld do not fit the session's capacity of %lld", (long long)n,
                      (long long)from, (long long)session->capacity);
  for (int64_t i = 0; i < module->state_count; ++i)
    braid_state_repeat(module, &module->states[i], &session->states[i], from, from + n);
  for (int64_t i = 0; i < n; ++i)
    session->history[from + i] = from ? session->history[i % from] : 0;
  while (session->position < from + n)
    advance(session, piece(session, from + n - session->position));
  return BRAID_OK;
}
