// SPDX-License-Identifier: Apache-2.0
/// \file
/// Reads manifests.
#include "tools/braid/Manifest.h"

#include "models/formats/Fields.h"
#include "tools/braid/CommandLine.h"

#include "llvm/Support/FileSystem.h"

namespace fs = llvm::sys::fs;
using namespace braid::formats;

namespace braid::tools {

constexpr int64_t maxCount = int64_t(1) << 50;

bool looksLikeArtifact(llvm::StringRef directory) {
  return fs::exists(directory + "/manifest.json") && !fs::exists(directory + "/config.json");
}

static void checkFileName(Fields &fields, llvm::StringRef field, llvm::StringRef name) {
  if (name.empty() || name.find_first_of(llvm::StringRef("/\0", 2)) != llvm::StringRef::npos || name == "..")
    fields.fault(field, "expected the name of a file in the artifact's folder");
}

static llvm::Error readStates(llvm::StringRef path, Manifest &manifest) {
  const Json *list = manifest.json.contains("states") ? &manifest.json["states"] : nullptr;
  if (!list || !list->is_array())
    return makeError(path + ": field 'states': expected an array");
  for (const Json &entry : *list) {
    if (!entry.is_object())
      return makeError(path + ": field 'states': expected objects, got " + shortText(entry));
    Fields fields(path.str(), entry);
    Manifest::State state;
    state.name = fields.string("name");
    state.kind = fields.string("kind");
    state.window = fields.integerOr("window", 0, 0, maxCount);
    state.bytesPerToken = fields.integerOr("bytes_per_token", 0, 0, 1 << 30);
    state.bytes = fields.integerOr("bytes", 0, 0, maxCount);
    if (llvm::Error error = fields.takeError())
      return error;
    manifest.states.push_back(std::move(state));
  }
  return llvm::Error::success();
}

double Manifest::stateBytes(int64_t positions) const {
  double sum = 0;
  for (const State &state : states)
    sum += double(state.bytes) +
           double(state.bytesPerToken) * double(state.window ? std::min(state.window, positions) : positions);
  return sum;
}

llvm::Expected<Manifest> readManifest(llvm::StringRef directory) {
  std::string path = (directory + "/manifest.json").str();
  if (!fs::exists(directory))
    return makeError(directory + ": no such directory; expected an artifact, as `braid compile` writes it");
  if (!fs::is_directory(directory) || !fs::exists(path))
    return makeError(directory + ": not an artifact: expected a directory with manifest.json, as `braid compile` "
                                 "writes it" +
                     (fs::is_directory(directory) ? "" : "; got a file"));
  Manifest manifest;
  llvm::Expected<Json> json = parseJson(path, 16 << 20);
  if (!json)
    return json.takeError();
  manifest.json = std::move(*json);
  if (!manifest.json.is_object())
    return makeError(path + ": expected an object");
  Fields fields(path, manifest.json);
  manifest.name = fields.string("name");
  manifest.library = fields.string("library");
  manifest.weights = fields.string("weights");
  checkFileName(fields, "library", manifest.library);
  checkFileName(fields, "weights", manifest.weights);
  manifest.source = fields.stringOr("source", manifest.name);
  manifest.quantization = fields.stringOr("quantization", "");
  manifest.activations = fields.stringOr("activations", "");
  manifest.compiler = fields.stringOr("compiler", "");
  manifest.vocab = fields.integer("vocab", 1, 1 << 30);
  manifest.context = fields.integer("context", 1, int64_t(1) << 31);
  manifest.maxTokens = fields.integer("max_tokens", 1, 1 << 20);
  manifest.parameters = fields.integerOr("parameters", 0, 0, maxCount);
  manifest.tokenParameters = fields.integerOr("token_parameters", manifest.parameters, 0, maxCount);
  manifest.weightsBytes = fields.integer("weights_bytes", 0, maxCount);
  manifest.tokenWeightsBytes = fields.integerOr("token_weights_bytes", manifest.weightsBytes, 0, maxCount);
  manifest.isas = fields.strings("isa");
  manifest.eosTokens = fields.integers("eos_token_ids", 0, 1 << 30);
  for (int64_t id : fields.integers("bos_token_id", 0, 1 << 30))
    manifest.bosToken = id;
  if (llvm::Error error = fields.takeError())
    return error;
  if (llvm::Error error = readStates(path, manifest))
    return error;
  return manifest;
}

} // namespace braid::tools
