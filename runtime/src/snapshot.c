// SPDX-License-Identifier: Apache-2.0
/// \file
/// Snapshots: a session's tokens and states in one block, laid out as in a save file (braid_abi.h).
#include "runtime/src/internal.h"
#include <stdlib.h>
#include <string.h>

static size_t padded(size_t bytes) { return (bytes + 7) / 8 * 8; }

size_t braid_snapshot_body_bytes(const braid_module *module, int64_t position) {
  size_t bytes = padded((size_t)position * sizeof(int32_t));
  for (int64_t i = 0; i < module->state_count; ++i)
    bytes += sizeof(int64_t) + padded(braid_state_packed_bytes(module, &module->states[i], position));
  return bytes;
}

braid_snapshot *braid_snapshot_allocate(size_t body_bytes) {
  if (body_bytes > SIZE_MAX / 2)
    return NULL;
  braid_snapshot *snapshot = calloc(1, sizeof *snapshot + body_bytes); // padding is saved: it must be zero
  if (snapshot)
    snapshot->body_bytes = body_bytes;
  return snapshot;
}

static void fill_header(const braid_session *session, size_t body_bytes, braid_save_header *header) {
  const braid_module *module = session->model->module;
  *header = (braid_save_header){.magic = {'B', 'R', 'A', 'I', 'D', 'S', 'E', 'S'},
                                .version = 1,
                                .header_bytes = sizeof *header,
                                .abi_version = BRAID_ABI_VERSION,
                                .state_count = (uint32_t)module->state_count,
                                .weights_hash = module->weights_hash,
                                .weights_print = session->model->weights.print,
                                .states_hash = braid_states_hash(module),
                                .position = session->position,
                                .body_bytes = body_bytes};
  size_t length = strlen(module->name);
  memcpy(header->module, module->name, length < sizeof header->module ? length : sizeof header->module - 1);
}

braid_status braid_snapshot_create(braid_session *session, braid_snapshot **snapshot) {
  if (snapshot)
    *snapshot = NULL;
  if (!session)
    return BRAID_ERROR_ARGUMENT;
  if (!snapshot)
    return braid_fail(&session->error, BRAID_ERROR_ARGUMENT, "snapshot: expected a place for it, got NULL");
  const braid_module *module = session->model->module;
  size_t bytes = braid_snapshot_body_bytes(module, session->position);
  braid_snapshot *made = braid_snapshot_allocate(bytes);
  if (!made)
    return braid_fail(&session->error, BRAID_ERROR_MEMORY, "snapshot: no memory for %zu bytes", bytes);
  fill_header(session, bytes, &made->header);
  uint8_t *at = braid_snapshot_body(made);
  size_t tokens = (size_t)session->position * sizeof(int32_t);
  memcpy(at, session->history, tokens);
  at += padded(tokens);
  for (int64_t i = 0; i < module->state_count; ++i) {
    memcpy(at, &session->oldest[i], sizeof(int64_t));
    at += sizeof(int64_t);
    braid_state_pack(module, &module->states[i], &session->states[i], session->position, at);
    at += padded(braid_state_packed_bytes(module, &module->states[i], session->position));
  }
  *snapshot = made;
  return BRAID_OK;
}

braid_status braid_snapshot_check_header(const braid_save_header *header, const braid_session *session,
                                         const char *what, braid_error *error) {
  braid_save_header own;
  fill_header(session, 0, &own);
  if (memcmp(header->magic, own.magic, sizeof own.magic) != 0)
    return braid_fail(error, BRAID_ERROR_FORMAT, "%s: at offset 0: expected a saved session, 'BRAIDSES'", what);
  if (header->version != own.version || header->header_bytes != own.header_bytes)
    return braid_fail(error, BRAID_ERROR_FORMAT, "%s: at offset 8: expected version %u with a head of %u, got %u, %u",
                      what, own.version, own.header_bytes, header->version, header->header_bytes);
  if (header->abi_version != own.abi_version)
    return braid_fail(error, BRAID_ERROR_MISMATCH, "%s: at offset 16: expected ABI version %u, got %u", what,
                      own.abi_version, header->abi_version);
  if (memcmp(header->module, own.module, sizeof own.module) != 0)
    return braid_fail(error, BRAID_ERROR_MISMATCH, "%s: at offset 72: expected a session of model '%s', got '%.*s'",
                      what, own.module, (int)sizeof header->module, header->module);
  if (header->state_count != own.state_count || header->states_hash != own.states_hash)
    return braid_fail(error, BRAID_ERROR_MISMATCH, "%s: at offset 40: expected the states of '%s', got others", what,
                      own.module);
  if (header->weights_hash != own.weights_hash || header->weights_print != own.weights_print)
    return braid_fail(error, BRAID_ERROR_MISMATCH, "%s: at offset 24: the session was made with other weights", what);
  if (header->position < 0 || header->position > session->model->module->max_positions)
    return braid_fail(error, BRAID_ERROR_CORRUPT, "%s: at offset 48: expected a position up to %lld, got %lld", what,
                      (long long)session->model->module->max_positions, (long long)header->position);
  if (header->position > session->capacity)
    return braid_fail(error, BRAID_ERROR_CAPACITY, "%s: %lld positions do not fit the session's capacity of %lld", what,
                      (long long)header->position, (long long)session->capacity);
  size_t expected = braid_snapshot_body_bytes(session->model->module, header->position);
  if (header->body_bytes != expected)
    return braid_fail(error, BRAID_ERROR_CORRUPT, "%s: at offset 56: expected a body of %zu bytes, got %llu", what,
                      expected, (unsigned long long)header->body_bytes);
  return BRAID_OK;
}

braid_status braid_snapshot_check_body(const braid_snapshot *snapshot, const braid_session *session, const char *what,
                                       braid_error *error) {
  const braid_module *module = session->model->module;
  const uint8_t *begin = braid_snapshot_body(snapshot), *at = begin;
  int64_t position = snapshot->header.position;
  for (int64_t i = 0; i < position; ++i) {
    int32_t token;
    memcpy(&token, at + (size_t)i * sizeof token, sizeof token);
    if (token < 0 || token >= module->vocab)
      return braid_fail(error, BRAID_ERROR_CORRUPT, "%s: at offset %zu: expected a token below %lld, got %d", what,
                        sizeof(braid_save_header) + (size_t)i * sizeof token, (long long)module->vocab, token);
  }
  at += padded((size_t)position * sizeof(int32_t));
  for (int64_t i = 0; i < module->state_count; ++i) {
    const braid_state_desc *desc = &module->states[i];
    int64_t oldest;
    memcpy(&oldest, at, sizeof oldest);
    bool possible = desc->window > 0 ? oldest >= 0 && braid_state_reaches(desc, oldest, position) : oldest == 0;
    if (!possible)
      return braid_fail(error, BRAID_ERROR_CORRUPT, "%s: at offset %zu: state '%s' cannot start at position %lld", what,
                        sizeof(braid_save_header) + (size_t)(at - begin), desc->name, (long long)oldest);
    at += sizeof oldest + padded(braid_state_packed_bytes(module, desc, position));
  }
  return BRAID_OK;
}

braid_status braid_snapshot_restore(const braid_snapshot *snapshot, braid_session *session) {
  if (!session)
    return BRAID_ERROR_ARGUMENT;
  if (!snapshot)
    return braid_fail(&session->error, BRAID_ERROR_ARGUMENT, "restore: expected a snapshot, got NULL");
  braid_status status = braid_snapshot_check_header(&snapshot->header, session, "snapshot", &session->error);
  if (status != BRAID_OK)
    return status;
  const braid_module *module = session->model->module;
  int64_t position = snapshot->header.position;
  const uint8_t *at = braid_snapshot_body(snapshot);
  size_t tokens = (size_t)position * sizeof(int32_t);
  memcpy(session->history, at, tokens);
  at += padded(tokens);
  for (int64_t i = 0; i < module->state_count; ++i) {
    memcpy(&session->oldest[i], at, sizeof(int64_t));
    at += sizeof(int64_t);
    braid_state_unpack(module, &module->states[i], &session->states[i], position, at);
    at += padded(braid_state_packed_bytes(module, &module->states[i], position));
  }
  session->position = position;
  // How the tokens were cut into pieces is not told; reading them again goes token by token.
  memset(session->begins, 1, (size_t)position);
  session->checkpoints.used = 0;
  braid_checkpoints_note(session);
  return BRAID_OK;
}

void braid_snapshot_destroy(braid_snapshot *snapshot) { free(snapshot); }

int64_t braid_snapshot_position(const braid_snapshot *snapshot) { return snapshot->header.position; }

int64_t braid_snapshot_bytes(const braid_snapshot *snapshot) {
  return (int64_t)(sizeof *snapshot + snapshot->body_bytes);
}
