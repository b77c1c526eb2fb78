// SPDX-License-Identifier: Apache-2.0
/// \file
/// CHECK macros, an oracle that keeps no states, and helpers that open models on weights files they write.
#ifndef BRAID_TEST_SUPPORT_H
#define BRAID_TEST_SUPPORT_H

#include "runtime/include/braid.h"
#include "test/runtime/fake_module.h"
#include <stdbool.h>
#include <stddef.h>

/// Ends the program with a message unless the condition holds.
#define CHECK(condition) check((condition), #condition, __FILE__, __LINE__)
#define CHECK_OK(call) check_status((call), BRAID_OK, #call, __FILE__, __LINE__)
#define CHECK_STATUS(call, status) check_status((call), (status), #call, __FILE__, __LINE__)
/// The text contains the part.
#define CHECK_TEXT(text, part) check_text((text), (part), __FILE__, __LINE__)
void check(bool holds, const char *what, const char *file, int line);
void check_status(braid_status got, braid_status expected, const char *what, const char *file, int line);
void check_text(const char *text, const char *part, const char *file, int line);

/// A path for this test's files: the scratch prefix and a suffix. Valid until the process ends.
const char *scratch(const char *suffix);
/// Writes the module's weights file to the path; `seed` picks the values.
void write_weights(const braid_module *module, const char *path, uint64_t seed);
/// A whole file; *bytes is set. The caller frees.
uint8_t *read_whole(const char *path, size_t *bytes);
void write_whole(const char *path, const void *data, size_t bytes);

/// A model of the module on weights of seed 0, with so many threads.
braid_model *open_model(const braid_module *module, int threads);
braid_session *open_session(braid_model *model, int64_t capacity);

/// The logits [vocab] after tokens[n] from position 0, computed from the definition without any state.
void expected_logits(const braid_module *module, const int32_t *tokens, int64_t n, float *logits);
/// Decodes one token and checks the logits against the oracle for all tokens of the session.
void check_continuation(const braid_module *module, braid_session *session, int32_t token);
/// The i-th token of an endless fixed text.
int32_t text_token(int64_t i);
void text_tokens(int64_t begin, int64_t n, int32_t *tokens);
/// A small generator of test inputs; `below` > 0.
uint64_t random_below(uint64_t *seed, uint64_t below);

#endif
