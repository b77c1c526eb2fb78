// SPDX-License-Identifier: Apache-2.0
/// \file
/// Opens artifacts.
#include "test/end-to-end/Library.h"

#include "models/formats/Json.h"

#include <cstdio>
#include <cstdlib>
#include <dlfcn.h>

namespace braid::check {

void fail(const std::string &sentence) {
  std::fflush(stdout);
  std::fprintf(stderr, "FAIL: %s\n", sentence.c_str());
  std::exit(1);
}

Library::Library(const std::string &artifact) {
  llvm::Expected<formats::Json> manifest = formats::parseJson(artifact + "/manifest.json", 1 << 20);
  if (!manifest)
    fail(llvm::toString(manifest.takeError()));
  path = artifact + "/" + manifest->at("library").get<std::string>();
  // RTLD_LOCAL, as two artifacts live side by side; never closed, as sessions may outlive this.
  void *handle = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!handle)
    fail(dlerror());
#define X(function)                                                                                                    \
  function = reinterpret_cast<decltype(function)>(dlsym(handle, "braid_" #function));                                  \
  if (!function)                                                                                                       \
    fail(path + ": expected a function braid_" #function);
  BRAID_FUNCTIONS(X)
#undef X
}

Model::Model(const Library &library, int threads, const std::string &isa) : library(library) {
  braid_model_options options = BRAID_MODEL_OPTIONS_INIT;
  options.threads = threads;
  options.isa = isa.empty() ? nullptr : isa.c_str();
  braid_error error;
  braid_status status = library.model_create(nullptr, &options, &handle, &error);
  if (status == BRAID_ERROR_ISA)
    return;
  if (status)
    fail(library.path + ": " + library.status_name(status) + ": " + error.text);
  info.struct_bytes = sizeof info;
  library.model_describe(handle, &info);
}

Model::~Model() { library.model_destroy(handle); }

Session Model::session(int64_t capacity) const {
  braid_session *session;
  braid_error error;
  if (braid_status status = library.session_create(handle, capacity, &session, &error))
    fail(library.path + ": " + library.status_name(status) + ": " + error.text);
  return Session(*this, session);
}

Logits Model::run(const Tokens &tokens, const std::vector<size_t> &pieces) const {
  Session sequence = session();
  Logits logits = empty(tokens);
  size_t begin = 0;
  for (size_t piece : pieces) {
    sequence.prefill(tokens, begin, begin + piece, logits);
    begin += piece;
  }
  return logits;
}

Session::~Session() { model->library.session_destroy(handle); }

void Session::expect(braid_status status, const char *what) const {
  if (status)
    fail(std::string(what) + ": " + model->library.status_name(status) + ": " + model->library.session_message(handle));
}

void Session::prefill(const Tokens &tokens, size_t begin, size_t end, Logits &into) {
  expect(model->library.session_prefill(handle, tokens.data() + begin, end - begin,
                                        into.data() + begin * model->info.vocab, end - begin),
         "prefill");
}

void Session::decode(const Tokens &tokens, size_t begin, size_t end, Logits &into) {
  for (size_t i = begin; i < end; ++i)
    expect(model->library.session_decode(handle, tokens[i], into.data() + i * model->info.vocab), "decode");
}

Session Session::fork() {
  braid_session *copy = nullptr;
  expect(model->library.session_fork(handle, &copy), "fork");
  return Session(*model, copy);
}

} // namespace braid::check
