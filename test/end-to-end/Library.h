// SPDX-License-Identifier: Apache-2.0
/// \file
/// An artifact's library, opened as a program that ships it would: by dlopen, through the functions of braid.h.
#pragma once

#include "runtime/include/braid.h"

#include <cstdint>
#include <utility>
#include <string>
#include <vector>

namespace braid::check {

using Tokens = std::vector<int32_t>;
using Logits = std::vector<float>; ///< [positions][vocab]

/// Ends the program with status 1 and this sentence: a check failed, or a file can't be read.
[[noreturn]] void fail(const std::string &sentence);

/// The functions of braid.h, as one library exports them.
struct Library {
  explicit Library(const std::string &artifact);

#define BRAID_FUNCTIONS(X)                                                                                             \
  X(status_name) X(model_create) X(model_destroy) X(model_describe) X(session_create) X(session_destroy)               \
  X(session_message) X(session_position) X(session_history) X(session_prefill) X(session_decode) X(session_rollback)   \
  X(session_reset) X(session_reuse) X(session_checkpoints) X(session_fork) X(session_save) X(session_load)             \
  X(snapshot_create) X(snapshot_restore) X(snapshot_destroy)
#define X(name) decltype(&braid_##name) name = nullptr;
  BRAID_FUNCTIONS(X)
#undef X

  std::string path;
};

class Model;

/// A session that is given back with its scope; every status but BRAID_OK ends the program.
class Session {
public:
  Session(const Model &model, braid_session *handle) : model(&model), handle(handle) {}
  Session(Session &&other) noexcept : model(other.model), handle(std::exchange(other.handle, nullptr)) {}
  ~Session();

  /// Evaluates tokens [begin, end) of `tokens` and writes all their logits to the same rows of `into`.
  void prefill(const Tokens &tokens, size_t begin, size_t end, Logits &into);
  /// The same, one token at a time, by decode.
  void decode(const Tokens &tokens, size_t begin, size_t end, Logits &into);
  Session fork();
  /// Checks a status that a function on this session gave.
  void expect(braid_status status, const char *what) const;
  braid_session *get() const { return handle; }

private:
  const Model *model;
  braid_session *handle;
};

/// A loaded model. `isa` empty: the best level. Not loaded (handle null) when this CPU lacks the level.
class Model {
public:
  Model(const Library &library, int threads, const std::string &isa);
  Model(const Model &) = delete;
  ~Model();

  bool isLoaded() const { return handle; }
  Session session(int64_t capacity = 0) const;
  Logits empty(const Tokens &tokens) const { return Logits(tokens.size() * info.vocab); }
  /// The logits of all tokens in pieces of these sizes, in a new session.
  Logits run(const Tokens &tokens, const std::vector<size_t> &pieces) const;

  const Library &library;
  braid_model_info info = {};

private:
  braid_model *handle = nullptr;
};

} // namespace braid::check
