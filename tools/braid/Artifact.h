// SPDX-License-Identifier: Apache-2.0
/// \file
/// A compiled model, loaded into this process and called through braid.h.
#pragma once

#include "runtime/include/braid.h"
#include "tools/braid/Manifest.h"

#include "llvm/ADT/ArrayRef.h"

#include <memory>

namespace braid::tools {

/// The functions of braid.h that the commands use, of one library.
struct Api {
  decltype(&::braid_abi_version) abiVersion;
  decltype(&::braid_status_name) statusName;
  decltype(&::braid_model_create) modelCreate;
  decltype(&::braid_model_destroy) modelDestroy;
  decltype(&::braid_model_describe) modelDescribe;
  decltype(&::braid_session_create) sessionCreate;
  decltype(&::braid_session_destroy) sessionDestroy;
  decltype(&::braid_session_message) message;
  decltype(&::braid_session_position) position;
  decltype(&::braid_session_capacity) capacity;
  decltype(&::braid_session_bytes) bytes;
  decltype(&::braid_session_prefill) prefill;
  decltype(&::braid_session_decode) decode;
  decltype(&::braid_session_rollback) rollback;
  decltype(&::braid_session_reset) reset;
  decltype(&::braid_session_reuse) reuse;
  decltype(&::braid_session_assume) assume;
  decltype(&::braid_snapshot_create) snapshotCreate;
  decltype(&::braid_snapshot_restore) snapshotRestore;
  decltype(&::braid_snapshot_destroy) snapshotDestroy;
};

/// An artifact's manifest and its library. Stays loaded until the process ends.
class Artifact {
public:
  /// Errors: not an artifact, a library that does not load or lacks a function of braid.h or speaks another ABI.
  static llvm::Expected<Artifact> open(llvm::StringRef directory);

  std::string directory;
  Manifest manifest;
  Api api;

private:
  Artifact() = default;
};

struct ModelOptions {
  int threads = 0; ///< 0: one for each CPU
  std::string isa; ///< empty: the best one that the CPU has
};

/// A model with its weights mapped and its threads. The artifact must outlive it.
class Model {
public:
  static llvm::Expected<std::unique_ptr<Model>> create(const Artifact &artifact, const ModelOptions &options);
  ~Model() { api.modelDestroy(model); }
  Model(const Model &) = delete;

  const Api &api;
  braid_model *model = nullptr;
  braid_model_info info = {};

private:
  explicit Model(const Api &api) : api(api) {}
};

/// One sequence of tokens. Its model must outlive it.
class Session {
public:
  /// `capacity` 0 is the context length.
  static llvm::Expected<std::unique_ptr<Session>> create(const Model &model, int64_t capacity);
  ~Session();
  Session(const Session &) = delete;

  /// braid_session_prefill; logits: [rows][vocab] of the last tokens.
  llvm::Error prefill(llvm::ArrayRef<int32_t> tokens, float *logits, int64_t rows);
  llvm::Error decode(int32_t token, float *logits) { return check(api.decode(session, token, logits)); }
  void reset() { api.reset(session); }
  /// braid_session_assume.
  llvm::Error assume(int64_t tokens);
  /// Keeps what it shares with `tokens`; gives the number of tokens kept.
  llvm::Expected<int64_t> reuse(llvm::ArrayRef<int32_t> tokens);
  /// Notes the present state, for restore().
  llvm::Error mark();
  llvm::Error restore();
  int64_t position() const { return api.position(session); }
  int64_t capacity() const { return api.capacity(session); }
  int64_t bytes() const { return api.bytes(session); }

private:
  explicit Session(const Api &api) : api(api) {}
  llvm::Error check(braid_status status);

  const Api &api;
  braid_session *session = nullptr;
  braid_snapshot *snapshot = nullptr;
};

} // namespace braid::tools
