// SPDX-License-Identifier: Apache-2.0
/// \file
/// Saved sessions that were cut, damaged, forged, or belong to another model.
#include "runtime/src/internal.h"
#include "test/runtime/support.h"
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { POSITION = 53, OTHER_POSITION = 7 };

/// Sets the checksum right, as a forger would.
static void seal(uint8_t *data, size_t bytes) {
  braid_save_header *header = (braid_save_header *)data;
  header->checksum = 0;
  header->checksum = braid_hash(braid_hash(0, header, sizeof *header), data + sizeof *header, bytes - sizeof *header);
}

static void refuse(braid_session *session, const void *data, size_t bytes, braid_status status, const char *text) {
  const char *path = scratch(".session");
  write_whole(path, data, bytes);
  CHECK_STATUS(braid_session_load(session, path), status);
  CHECK_TEXT(braid_session_message(session), text);
  CHECK_TEXT(braid_session_message(session), ".session: ");
  // Nothing changed: the session goes on from where it was.
  CHECK(braid_session_position(session) == OTHER_POSITION);
  check_continuation(&braid_module_data, session, 5);
  CHECK_OK(braid_session_rollback(session, 1));
}

void test_save_errors(void) {
  braid_model *model = open_model(&braid_module_data, 1);
  braid_session *session = open_session(model, 60), *other = open_session(model, 60), *small = open_session(model, 44);
  int32_t tokens[POSITION];
  text_tokens(0, POSITION, tokens);
  CHECK_OK(braid_session_prefill(session, tokens, POSITION, NULL, 0));
  CHECK_OK(braid_session_prefill(other, tokens, OTHER_POSITION, NULL, 0));
  CHECK_OK(braid_session_save(session, scratch(".good")));
  size_t bytes;
  uint8_t *good = read_whole(scratch(".good"), &bytes), *bad = malloc(bytes + 1);
  size_t tokens_bytes = 216, kv = 64 * 2 * 24, ring = 48 * 10; // granules, and padding to 8
  CHECK(bytes == 256 + tokens_bytes + 8 + kv + 8 + ring);

  // Every length, and a bit in every byte.
  for (size_t length = 0; length < bytes; length += length < 300 ? 1 : 61)
    refuse(other, good, length, BRAID_ERROR_CORRUPT, "expected a ");
  memcpy(bad, good, bytes);
  bad[bytes] = 0;
  refuse(other, bad, bytes + 1, BRAID_ERROR_CORRUPT, "expected a file of ");
  for (size_t at = 256; at < bytes; at += 7) {
    memcpy(bad, good, bytes);
    bad[at] ^= (uint8_t)(1 << at % 8);
    refuse(other, bad, bytes, BRAID_ERROR_CORRUPT, "at offset 64: expected the checksum ");
  }

  // Each field of the head, with a checksum that agrees.
  const struct {
    size_t at;
    uint8_t bits;
    braid_status status;
    const char *text;
  } fields[] = {
      {0, 1, BRAID_ERROR_FORMAT, "at offset 0: expected a saved session"},
      {8, 2, BRAID_ERROR_FORMAT, "at offset 8: expected version 1 with a head of 256, got 3, 256"},
      {13, 2, BRAID_ERROR_FORMAT, "at offset 8: expected version 1 with a head of 256, got 1, 768"},
      {16, 2, BRAID_ERROR_MISMATCH, "at offset 16: expected ABI version 1, got 3"},
      {20, 1, BRAID_ERROR_MISMATCH, "at offset 40: expected the states of 'fake'"},
      {24, 1, BRAID_ERROR_MISMATCH, "at offset 24: the session was made with other weights"},
      {32, 1, BRAID_ERROR_MISMATCH, "the session was made with other weights"},
      {40, 1, BRAID_ERROR_MISMATCH, "at offset 40: expected the states of 'fake'"},
      {48, 0x40, BRAID_ERROR_CAPACITY, "117 positions do not fit the session's capacity of 60"},
      {48, 0x1c, BRAID_ERROR_CORRUPT, "at offset 56: expected a body of "},
      {50, 1, BRAID_ERROR_CORRUPT, "at offset 48: expected a position up to 300, got 65589"},
      {55, 0x80, BRAID_ERROR_CORRUPT, "at offset 48: expected a position up to 300, got -"},
      {56, 8, BRAID_ERROR_CORRUPT, "at offset 56: expected a body of "},
      {63, 0x80, BRAID_ERROR_CORRUPT, "at offset 56: expected a body of "},
      {64, 1, BRAID_ERROR_CORRUPT, "at offset 64: expected the checksum "},
      {72, 1, BRAID_ERROR_MISMATCH, "at offset 72: expected a session of model 'fake', got 'gake'"},
      {256, 0x80, BRAID_ERROR_CORRUPT, "at offset 256: expected a token below 97, got "},
      {259, 0x80, BRAID_ERROR_CORRUPT, "at offset 256: expected a token below 97, got -"},
      {256 + 216, 1, BRAID_ERROR_CORRUPT, "state 'layers.0.kv' cannot start at position 1"},
      {256 + 216 + 8 + 64 * 48, 0x20, BRAID_ERROR_CORRUPT, "state 'layers.1.ring' cannot start at position 37"},
      {256 + 216 + 15 + 64 * 48, 0x80, BRAID_ERROR_CORRUPT, "state 'layers.1.ring' cannot start at position -"},
  };
  for (size_t i = 0; i < sizeof fields / sizeof *fields; ++i) {
    memcpy(bad, good, bytes);
    bad[fields[i].at] ^= fields[i].bits;
    if (fields[i].at == 256)
      bad[256] |= 0x80;
    if (fields[i].at != 64)
      seal(bad, bytes);
    refuse(other, bad, bytes, fields[i].status, fields[i].text);
  }
  seal(good, bytes);
  write_whole(scratch(".session"), good, bytes);
  CHECK_STATUS(braid_session_load(small, scratch(".session")), BRAID_ERROR_CAPACITY);
  CHECK_OK(braid_session_load(other, scratch(".session"))); // `seal` is what the writer does
  check_continuation(&braid_module_data, other, 6);

  // Another model's file, no file, a folder, a folder that does not exist.
  braid_model *fixed = open_model(&fake_fixed_module, 1);
  braid_session *stranger = open_session(fixed, 60);
  CHECK_STATUS(braid_session_load(stranger, scratch(".session")), BRAID_ERROR_MISMATCH);
  CHECK_TEXT(braid_session_message(stranger), "expected a session of model 'fake_fixed', got 'fake'");
  braid_snapshot *snapshot;
  CHECK_OK(braid_snapshot_create(session, &snapshot));
  CHECK_STATUS(braid_snapshot_restore(snapshot, stranger), BRAID_ERROR_MISMATCH);
  CHECK_TEXT(braid_session_message(stranger), "snapshot: at offset 72: expected a session of model 'fake_fixed'");
  braid_snapshot_destroy(snapshot);
  CHECK_STATUS(braid_session_load(other, scratch(".absent")), BRAID_ERROR_IO);
  CHECK_STATUS(braid_session_load(other, "/"), BRAID_ERROR_FORMAT);
  CHECK_STATUS(braid_session_save(other, scratch(".absent/x")), BRAID_ERROR_IO);
  CHECK_TEXT(braid_session_message(other), ": cannot create: No such file or directory");
  free(good);
  free(bad);
  braid_session_destroy(session);
  braid_session_destroy(other);
  braid_session_destroy(small);
  braid_session_destroy(stranger);
  braid_model_destroy(model);
  braid_model_destroy(fixed);
}

static int files_in(const char *folder) {
  DIR *dir = opendir(folder);
  CHECK(dir != NULL);
  int count = 0;
  for (struct dirent *entry; (entry = readdir(dir));)
    count += entry->d_name[0] != '.';
  closedir(dir);
  return count;
}

/// A save replaces the old file in one piece, leaves nothing beside it, and no other user may read it.
void test_save_files(void) {
  const char *folder = scratch(".folder"), *path = scratch(".folder/session");
  mkdir(folder, 0700);
  braid_model *model = open_model(&braid_module_data, 1);
  braid_session *session = open_session(model, 30);
  for (int i = 0; i < 5; ++i) {
    check_continuation(&braid_module_data, session, i);
    CHECK_OK(braid_session_save(session, path));
    CHECK(files_in(folder) == 1);
  }
  struct stat info;
  CHECK(stat(path, &info) == 0 && (info.st_mode & 077) == 0);
  // A target that cannot be replaced: the part written beside it is taken away.
  const char *taken = scratch(".folder/taken");
  mkdir(taken, 0700);
  CHECK_STATUS(braid_session_save(session, taken), BRAID_ERROR_IO);
  CHECK_TEXT(braid_session_message(session), "taken: cannot replace: ");
  CHECK(files_in(folder) == 2);
  remove(taken);
  // Same tokens, same bytes.
  size_t bytes, again_bytes;
  uint8_t *once = read_whole(path, &bytes);
  CHECK_OK(braid_session_load(session, path));
  CHECK_OK(braid_session_save(session, path));
  uint8_t *again = read_whole(path, &again_bytes);
  CHECK(bytes == again_bytes && memcmp(once, again, bytes) == 0);
  free(once);
  free(again);
  braid_session_destroy(session);
  braid_model_destroy(model);
}
