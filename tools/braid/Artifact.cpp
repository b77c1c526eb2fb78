// SPDX-License-Identifier: Apache-2.0
/// \file
/// Loads model libraries.
#include "tools/braid/Artifact.h"

#include "tools/braid/CommandLine.h"

#include "llvm/Object/ELF.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"

#include <dlfcn.h>

namespace braid::tools {

constexpr uint32_t abiVersion = 1; // of braid_abi.h; what braid.h promises is bound to it

static llvm::Error resolve(void *library, const std::string &path, Api &api) {
  const char *missing = nullptr;
  auto get = [&](auto &function, const char *name) {
    function = reinterpret_cast<std::remove_reference_t<decltype(function)>>(dlsym(library, name));
    if (!function && !missing)
      missing = name;
  };
  get(api.abiVersion, "braid_abi_version");
  get(api.statusName, "braid_status_name");
  get(api.modelCreate, "braid_model_create");
  get(api.modelDestroy, "braid_model_destroy");
  get(api.modelDescribe, "braid_model_describe");
  get(api.sessionCreate, "braid_session_create");
  get(api.sessionDestroy, "braid_session_destroy");
  get(api.message, "braid_session_message");
  get(api.position, "braid_session_position");
  get(api.capacity, "braid_session_capacity");
  get(api.bytes, "braid_session_bytes");
  get(api.prefill, "braid_session_prefill");
  get(api.decode, "braid_session_decode");
  get(api.rollback, "braid_session_rollback");
  get(api.reset, "braid_session_reset");
  get(api.reuse, "braid_session_reuse");
  get(api.snapshotCreate, "braid_snapshot_create");
  get(api.snapshotRestore, "braid_snapshot_restore");
  get(api.snapshotDestroy, "braid_snapshot_destroy");
  api.assume = reinterpret_cast<decltype(api.assume)>(dlsym(library, "braid_session_assume")); // not in the first ones
  if (missing)
    return makeError(path + ": not a model library: it has no function " + missing);
  if (uint32_t got = api.abiVersion(); got != abiVersion)
    return makeError(path + ": expected ABI version " + llvm::Twine(abiVersion) + ", got " + llvm::Twine(got) +
                     ": compile the model again");
  return llvm::Error::success();
}

/// A library that was cut short would end the process when what is missing is first touched.
static llvm::Error checkWhole(const std::string &path) {
  auto file = llvm::MemoryBuffer::getFile(path, /*IsText=*/false, /*RequiresNullTerminator=*/false);
  if (!file)
    return makeError(path + ": cannot be read: " + file.getError().message());
  const uint64_t bytes = (*file)->getBufferSize();
  auto fault = [&](llvm::Error error) {
    return makeError(path + ": expected a whole shared library, got " + llvm::Twine(bytes) +
                     " bytes: " + llvm::toString(std::move(error)));
  };
  auto elf = llvm::object::ELF64LEFile::create((*file)->getBuffer());
  if (!elf)
    return fault(elf.takeError());
  auto sections = elf->sections(); // a linker writes their table last
  if (!sections)
    return fault(sections.takeError());
  auto segments = elf->program_headers();
  if (!segments)
    return fault(segments.takeError());
  for (const auto &segment : *segments)
    if (segment.p_type == llvm::ELF::PT_LOAD &&
        (segment.p_filesz > bytes || segment.p_offset > bytes - segment.p_filesz))
      return fault(makeError("a segment ends behind the end of the file"));
  return llvm::Error::success();
}

llvm::Expected<Artifact> Artifact::open(llvm::StringRef directory) {
  Artifact artifact;
  artifact.directory = directory.str();
  llvm::Expected<Manifest> manifest = readManifest(directory);
  if (!manifest)
    return manifest.takeError();
  artifact.manifest = std::move(*manifest);
  // A name without a slash would be looked for in the system's folders.
  std::string path = directory.str() + "/" + artifact.manifest.library;
  if (!llvm::sys::fs::exists(path))
    return makeError(path + ": no such file, which manifest.json names as the library");
  if (llvm::Error error = checkWhole(path))
    return error;
  void *library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!library)
    return makeError("cannot load the library: " + llvm::Twine(dlerror()));
  if (llvm::Error error = resolve(library, path, artifact.api))
    return error;
  return artifact;
}

/// The manifest that the library was linked with must be the one that lies beside it.
static llvm::Error checkSameCompile(const Artifact &artifact, llvm::StringRef own) {
  std::string path = artifact.directory + "/manifest.json";
  llvm::Expected<formats::Json> expected = formats::parseJsonText(path, own, own.size());
  if (!expected)
    return expected.takeError();
  const formats::Json &beside = artifact.manifest.json;
  for (const auto &[field, value] : expected->items()) {
    auto got = beside.find(field);
    if (got == beside.end() || *got != value)
      return makeError(path + ": field '" + field + "': expected " + formats::shortText(value) +
                       ", which the library has, got " + (got == beside.end() ? "none" : formats::shortText(*got)) +
                       ": the files are of different compiles");
  }
  return llvm::Error::success();
}

llvm::Expected<std::unique_ptr<Model>> Model::create(const Artifact &artifact, const ModelOptions &options) {
  std::unique_ptr<Model> result(new Model(artifact.api));
  braid_model_options create = BRAID_MODEL_OPTIONS_INIT;
  create.threads = options.threads;
  create.isa = options.isa.empty() ? nullptr : options.isa.c_str();
  braid_error error = {};
  std::string weights = artifact.directory + "/" + artifact.manifest.weights;
  if (artifact.api.modelCreate(weights.c_str(), &create, &result->model, &error) != BRAID_OK)
    return makeError(error.text);
  result->info.struct_bytes = sizeof(result->info);
  artifact.api.modelDescribe(result->model, &result->info);
  if (llvm::Error error = checkSameCompile(artifact, result->info.manifest))
    return std::move(error);
  return result;
}

llvm::Expected<std::unique_ptr<Session>> Session::create(const Model &model, int64_t capacity) {
  std::unique_ptr<Session> result(new Session(model.api));
  braid_error error = {};
  if (model.api.sessionCreate(model.model, capacity, &result->session, &error) != BRAID_OK)
    return makeError(error.text);
  return result;
}

Session::~Session() {
  api.snapshotDestroy(snapshot);
  api.sessionDestroy(session);
}

llvm::Error Session::check(braid_status status) {
  if (status == BRAID_OK)
    return llvm::Error::success();
  const char *message = api.message(session);
  return makeError(*message ? message : api.statusName(status));
}

llvm::Error Session::prefill(llvm::ArrayRef<int32_t> tokens, float *logits, int64_t rows) {
  return check(api.prefill(session, tokens.data(), int64_t(tokens.size()), logits, rows));
}

llvm::Expected<int64_t> Session::reuse(llvm::ArrayRef<int32_t> tokens) {
  int64_t kept = 0;
  if (llvm::Error error = check(api.reuse(session, tokens.data(), int64_t(tokens.size()), &kept)))
    return error;
  return kept;
}

llvm::Error Session::assume(int64_t tokens) {
  return api.assume ? check(api.assume(session, tokens))
                    : makeError("the library has no function braid_session_assume: compile the model again");
}

llvm::Error Session::mark() {
  api.snapshotDestroy(snapshot);
  snapshot = nullptr;
  return check(api.snapshotCreate(session, &snapshot));
}

llvm::Error Session::restore() { return check(api.snapshotRestore(snapshot, session)); }

} // namespace braid::tools
