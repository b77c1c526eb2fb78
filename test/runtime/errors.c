// SPDX-License-Identifier: Apache-2.0
/// \file
/// Bad arguments, weights files, ISA levels and modules: a status, a sentence, and nothing changed.
#include "test/runtime/support.h"
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/// A refused step leaves position, history and states as they were.
void test_step_errors(void) {
  braid_model *model = open_model(&fake_fixed_module, 2);
  braid_session *session = open_session(model, 20);
  int32_t tokens[32];
  float logits[32 * FAKE_VOCAB];
  text_tokens(0, 32, tokens);
  CHECK_OK(braid_session_prefill(session, tokens, 10, NULL, 0));
  const struct {
    int64_t n, rows, bad_at;
    int32_t bad_token;
    braid_status status;
    const char *text;
  } cases[] = {
      {0, 0, 0, 1, BRAID_ERROR_ARGUMENT, "expected at least 1 token, got 0"},
      {-3, 0, 0, 1, BRAID_ERROR_ARGUMENT, "expected at least 1 token, got -3"},
      {INT64_MIN, 0, 0, 1, BRAID_ERROR_ARGUMENT, "expected at least 1 token"},
      {4, 5, 0, 1, BRAID_ERROR_ARGUMENT, "expected 0 to 4 rows of logits, got 5"},
      {4, -1, 0, 1, BRAID_ERROR_ARGUMENT, "expected 0 to 4 rows of logits, got -1"},
      {11, 1, 0, 1, BRAID_ERROR_CAPACITY, "11 tokens at position 10 do not fit the session's capacity of 20"},
      {INT64_MAX, 1, 0, 1, BRAID_ERROR_CAPACITY, "do not fit the session's capacity of 20"},
      {4, 1, 3, -1, BRAID_ERROR_TOKEN, "token 3: expected an id below 97, got -1"},
      {4, 1, 0, FAKE_VOCAB, BRAID_ERROR_TOKEN, "token 0: expected an id below 97, got 97"},
      {10, 10, 9, INT32_MAX, BRAID_ERROR_TOKEN, "token 9: expected an id below 97, got 2147483647"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
    int32_t bad[32];
    memcpy(bad, tokens, sizeof bad);
    bad[cases[i].bad_at] = cases[i].bad_token;
    CHECK_STATUS(braid_session_prefill(session, bad, cases[i].n, logits, cases[i].rows), cases[i].status);
    CHECK_TEXT(braid_session_message(session), cases[i].text);
    CHECK(braid_session_position(session) == 10);
  }
  CHECK_STATUS(braid_session_prefill(session, NULL, 4, logits, 1), BRAID_ERROR_ARGUMENT);
  CHECK_STATUS(braid_session_prefill(session, tokens, 4, NULL, 1), BRAID_ERROR_ARGUMENT);
  CHECK_STATUS(braid_session_prefill(NULL, tokens, 4, NULL, 0), BRAID_ERROR_ARGUMENT);
  CHECK_STATUS(braid_session_decode(session, -1, logits), BRAID_ERROR_TOKEN);
  CHECK_STATUS(braid_session_rollback(session, -1), BRAID_ERROR_ARGUMENT);
  CHECK_STATUS(braid_session_rollback(session, 11), BRAID_ERROR_ARGUMENT);
  CHECK_TEXT(braid_session_message(session), "rollback: expected 0 to 10 tokens, got 11");
  CHECK_STATUS(braid_session_fork(session, NULL), BRAID_ERROR_ARGUMENT);
  CHECK_STATUS(braid_snapshot_create(session, NULL), BRAID_ERROR_ARGUMENT);
  CHECK_STATUS(braid_snapshot_restore(NULL, session), BRAID_ERROR_ARGUMENT);
  CHECK_STATUS(braid_session_save(session, NULL), BRAID_ERROR_ARGUMENT);
  CHECK_STATUS(braid_session_load(session, NULL), BRAID_ERROR_ARGUMENT);
  check_continuation(&fake_fixed_module, session, 11);

  braid_session *none = session;
  braid_error error;
  CHECK_STATUS(braid_session_create(model, FAKE_POSITIONS + 1, &none, &error), BRAID_ERROR_CAPACITY);
  CHECK_TEXT(error.text, "expected at most the context length 300, got 301");
  CHECK(none == NULL);
  CHECK_STATUS(braid_session_create(model, -1, &none, &error), BRAID_ERROR_ARGUMENT);
  CHECK_STATUS(braid_session_create(NULL, 1, &none, &error), BRAID_ERROR_ARGUMENT);
  CHECK_STATUS(braid_session_create(model, 1, NULL, &error), BRAID_ERROR_ARGUMENT);
  braid_session_destroy(session);
  braid_model_destroy(model);
}

static void refuse_weights(const void *data, size_t bytes, braid_status status, const char *text) {
  const char *path = scratch(".weights");
  write_whole(path, data, bytes);
  for (uint32_t flags = 0; flags <= BRAID_MODEL_COPY_WEIGHTS; flags += BRAID_MODEL_COPY_WEIGHTS) {
    braid_model_options options = BRAID_MODEL_OPTIONS_INIT;
    options.threads = 1;
    options.flags = flags;
    braid_model *model = (braid_model *)&options;
    braid_error error;
    CHECK_STATUS(braid_model_create(path, &options, &model, &error), status);
    CHECK_TEXT(error.text, text);
    CHECK_TEXT(error.text, ".weights: ");
    CHECK(model == NULL);
    CHECK_STATUS(braid_model_create(path, &options, &model, NULL), status); // text not wanted
  }
}

/// Every length of a cut weights file, every changed field of its head.
void test_weights_errors(void) {
  size_t bytes;
  write_weights(&braid_module_data, scratch(".good"), 0);
  uint8_t *good = read_whole(scratch(".good"), &bytes), bad[8192];
  CHECK(bytes == 4096 + FAKE_VOCAB * 8);
  for (size_t length = 0; length < bytes; length += length < 4096 ? 1365 : 97)
    refuse_weights(good, length, BRAID_ERROR_CORRUPT, "expected a ");
  memcpy(bad, good, bytes);
  refuse_weights(bad, bytes + 1, BRAID_ERROR_CORRUPT, "expected a file of 4872 bytes, got 4873");
  const struct {
    size_t at;
    braid_status status;
    const char *text;
  } fields[] = {
      {0, BRAID_ERROR_FORMAT, "at offset 0: expected a weights file, 'BRAIDWTS'"},
      {8, BRAID_ERROR_FORMAT, "at offset 8: expected version 1, got "},
      {12, BRAID_ERROR_FORMAT, "at offset 12: expected a head of 4096 bytes, got "},
      {16, BRAID_ERROR_MISMATCH, "at offset 16: expected 776 payload bytes, got "},
      {24, BRAID_ERROR_MISMATCH, "at offset 24: expected the weights 0000000000001234 of 'fake', got "},
  };
  for (size_t i = 0; i < sizeof fields / sizeof *fields; ++i) {
    memcpy(bad, good, bytes);
    bad[fields[i].at] ^= 0x40;
    refuse_weights(bad, bytes, fields[i].status, fields[i].text);
  }
  memcpy(bad, good, bytes);
  memset(bad + 16, 0xff, 8); // a payload size that would overflow the file's
  refuse_weights(bad, bytes, BRAID_ERROR_MISMATCH, "got 18446744073709551615");
  free(good);

  braid_model *model;
  braid_error error;
  CHECK_STATUS(braid_model_create(scratch(".absent"), NULL, &model, &error), BRAID_ERROR_IO);
  CHECK_TEXT(error.text, ".absent: cannot open: No such file or directory");
  CHECK_STATUS(braid_model_create("/", NULL, &model, &error), BRAID_ERROR_FORMAT);
  CHECK_TEXT(error.text, "/: expected a regular file");
  CHECK_STATUS(braid_model_create(NULL, NULL, &model, &error), BRAID_ERROR_IO); // none beside this program
  CHECK_TEXT(error.text, "/fake.weights: cannot open: ");
}

/// Copied weights give the same logits as mapped ones; other values of the same layout do not pass for these.
void test_weights(void) {
  const char *path = scratch(".weights"), *other_path = scratch(".other"), *save = scratch(".session");
  write_weights(&braid_module_data, path, 0);
  write_weights(&braid_module_data, other_path, 1);
  braid_model_options options = BRAID_MODEL_OPTIONS_INIT;
  options.flags = BRAID_MODEL_COPY_WEIGHTS | BRAID_MODEL_PIN_THREADS;
  options.threads = 2;
  braid_model *model, *other;
  CHECK_OK(braid_model_create(path, &options, &model, NULL));
  CHECK_OK(braid_model_create(other_path, NULL, &other, NULL));
  unlink(path); // a copy needs its file no longer
  braid_session *session = open_session(model, 50), *stranger = open_session(other, 50);
  for (int64_t i = 0; i < 50; ++i)
    check_continuation(&braid_module_data, session, text_token(i));
  CHECK_OK(braid_session_save(session, save));
  CHECK_STATUS(braid_session_load(stranger, save), BRAID_ERROR_MISMATCH);
  CHECK_TEXT(braid_session_message(stranger), "the session was made with other weights");
  braid_session_destroy(session);
  braid_session_destroy(stranger);
  braid_model_destroy(model);
  braid_model_destroy(other);
}

/// Writes the stand-in's weights, for tests that link it into a library.
void test_weights_file(void) { write_weights(&braid_module_data, scratch(""), 0); }

/// The best level of this CPU is taken, a named one is obeyed or refused with the reason.
void test_isa(void) {
  const char *path = scratch(".weights");
  write_weights(&braid_module_data, path, 0);
  braid_model_options options = BRAID_MODEL_OPTIONS_INIT;
  braid_model_info info = {.struct_bytes = sizeof info};
  braid_model *model;
  braid_error error;
  const char *best = __builtin_cpu_supports("x86-64-v4") ? "x86-64-v4" : "x86-64-v3";
  if (!__builtin_cpu_supports("x86-64-v3"))
    best = "x86-64";
  CHECK_OK(braid_model_create(path, &options, &model, &error));
  braid_model_describe(model, &info);
  CHECK(strcmp(info.isa, best) == 0 && error.text[0] == 0);
  braid_model_destroy(model);

  options.isa = "x86-64";
  CHECK_OK(braid_model_create(path, &options, &model, &error));
  braid_model_describe(model, &info);
  CHECK(strcmp(info.isa, "x86-64") == 0);
  braid_model_destroy(model);

  options.isa = "impossible";
  CHECK_STATUS(braid_model_create(path, &options, &model, &error), BRAID_ERROR_ISA);
  CHECK_TEXT(error.text, "ISA level 'impossible': this CPU lacks ");
  CHECK_TEXT(error.text, "bit 40");
  options.isa = "riscv";
  CHECK_STATUS(braid_model_create(path, &options, &model, &error), BRAID_ERROR_ISA);
  CHECK_TEXT(error.text, "'riscv': expected one of impossible, x86-64-v4, x86-64-v3, x86-64");
  braid_module only = braid_module_data;
  only.isa_count = 1;
  CHECK_STATUS(braid_model_create_for(&only, path, NULL, &model, &error), BRAID_ERROR_ISA);
  CHECK_TEXT(error.text, "has code for impossible, none of which this CPU can run");
}

/// Modules and options out of their ranges.
void test_module_errors(void) {
  const char *path = scratch(".weights");
  write_weights(&braid_module_data, path, 0);
  braid_model *model;
  braid_error error;
  braid_module module = braid_module_data;
  module.abi_version = BRAID_ABI_VERSION + 1;
  CHECK_STATUS(braid_model_create_for(&module, path, NULL, &model, &error), BRAID_ERROR_ABI);
  CHECK_TEXT(error.text, "expected ABI version 1, got 2");
  module = braid_module_data;
  module.max_tokens = 0;
  CHECK_STATUS(braid_model_create_for(&module, path, NULL, &model, &error), BRAID_ERROR_ABI);
  braid_state_desc unknown = {"odd", 7, 0, 1, 2};
  module = braid_module_data;
  module.states = &unknown;
  module.state_count = 1;
  CHECK_STATUS(braid_model_create_for(&module, path, NULL, &model, &error), BRAID_ERROR_ABI);
  CHECK_TEXT(error.text, "state 'odd' is of no kind");
  CHECK_STATUS(braid_model_create_for(NULL, path, NULL, &model, &error), BRAID_ERROR_ARGUMENT);
  CHECK_STATUS(braid_model_create(path, NULL, NULL, &error), BRAID_ERROR_ARGUMENT);

  braid_model_options options = BRAID_MODEL_OPTIONS_INIT;
  options.threads = 257;
  CHECK_STATUS(braid_model_create(path, &options, &model, &error), BRAID_ERROR_ARGUMENT);
  CHECK_TEXT(error.text, "expected 0 to 256 threads, got 257");
  options.threads = -1;
  CHECK_STATUS(braid_model_create(path, &options, &model, &error), BRAID_ERROR_ARGUMENT);
  options.threads = 1;
  options.flags = 1 << 9;
  CHECK_STATUS(braid_model_create(path, &options, &model, &error), BRAID_ERROR_ARGUMENT);
  options.flags = 0;
  options.struct_bytes = 0;
  CHECK_STATUS(braid_model_create(path, &options, &model, &error), BRAID_ERROR_ARGUMENT);

  // State sizes that overflow are refused where a session would be made.
  braid_state_desc huge[2] = {{"huge", BRAID_STATE_ROWS, 0, INT64_MAX / 2, 1 << 20}, braid_module_data.states[1]};
  module = braid_module_data;
  module.states = huge;
  CHECK_OK(braid_model_create_for(&module, path, NULL, &model, &error));
  CHECK(braid_model_session_bytes(model, 10) == -1);
  braid_session *session;
  CHECK_STATUS(braid_session_create(model, 10, &session, &error), BRAID_ERROR_MEMORY);
  braid_model_destroy(model);
}
