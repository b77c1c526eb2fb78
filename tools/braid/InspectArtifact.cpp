// SPDX-License-Identifier: Apache-2.0
/// \file
/// What is in an artifact, from its files alone.
#include "tools/braid/Inspect.h"

#include "models/formats/FormatError.h"
#include "text/Json.h"
#include "tools/braid/CommandLine.h"
#include "tools/braid/Manifest.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"

namespace fs = llvm::sys::fs;
using namespace braid::formats;

namespace braid::tools {

constexpr int64_t weightsHeaderBytes = 4096; // braid_weights_header

static void addFile(Report &report, llvm::StringRef key, const std::string &directory, const std::string &name,
                    int64_t expected) {
  uint64_t bytes = 0;
  std::string clean = printable(name);
  if (fs::file_size(directory + "/" + name, bytes)) {
    report.add(key, {{"file", clean}, {"bytes", nullptr}}, clean + ": missing");
    return;
  }
  std::string text = clean + ", " + binarySize(double(bytes));
  bool isWhole = expected < 0 || uint64_t(expected) == bytes;
  if (!isWhole)
    text += ": damaged: expected " + grouped(expected) + " bytes, got " + grouped(int64_t(bytes));
  report.add(key, {{"file", clean}, {"bytes", bytes}, {"whole", isWhole}}, text);
}

static void addStates(Report &report, const Manifest &manifest) {
  double perToken = 0, windowed = 0, fixed = 0;
  for (const Manifest::State &state : manifest.states) {
    (state.window ? windowed : perToken) += double(state.bytesPerToken);
    fixed += double(state.bytes);
  }
  // What the same model would take if each of its layers attended as those that do.
  llvm::StringSet<> layers, attending;
  for (const Manifest::State &state : manifest.states) {
    std::string layer = llvm::StringRef(state.name).rsplit('.').first.str();
    layers.insert(layer);
    if (state.bytesPerToken)
      attending.insert(layer);
  }
  double everywhere = attending.empty() ? 0 : (perToken + windowed) * double(layers.size()) / double(attending.size());
  double sequence = manifest.stateBytes(manifest.context);
  std::string text = grouped(int64_t(manifest.states.size())) + "; " + binarySize(perToken) + " a token";
  if (windowed)
    text += ", " + binarySize(windowed) + " a token inside a window";
  if (fixed)
    text += ", " + binarySize(fixed) + " whatever the length";
  text += "; " + binarySize(sequence) + " for a sequence of the whole context";
  double saved = everywhere ? 1 - sequence / (everywhere * double(manifest.context)) : 0;
  if (attending.size() < layers.size() && everywhere)
    text += llvm::formatv(", {0:f1} % less than with attention in each of {1} layers", 100 * saved, layers.size()).str();
  report.add("states",
             {{"count", manifest.states.size()},
              {"bytes_per_token", int64_t(perToken)},
              {"windowed_bytes_per_token", int64_t(windowed)},
              {"fixed_bytes", int64_t(fixed)},
              {"context_bytes", int64_t(sequence)},
              {"bytes_per_token_with_attention_everywhere", int64_t(everywhere)},
              {"saved", saved}},
             text);
}

static llvm::Expected<TokenizerFiles> readTokenizer(const std::string &directory) {
  TokenizerFiles files;
  for (auto [name, text] : {std::pair("tokenizer.json", &files.tokenizerJson),
                            {"tokenizer_config.json", &files.tokenizerConfigJson}}) {
    if (!fs::exists(directory + "/" + name))
      continue;
    auto data = text::readFile(directory + "/" + name, 256 << 20);
    if (!data)
      return makeError(data.error());
    *text = std::move(*data);
  }
  return files;
}

llvm::Expected<Report> inspectArtifact(llvm::StringRef directory) {
  llvm::Expected<Manifest> manifest = readManifest(directory);
  if (!manifest)
    return manifest.takeError();
  Report report;
  report.add("format", "compiled model");
  report.add("name", manifest->name);
  report.add("source", manifest->source);
  report.add("compiler", manifest->compiler);
  report.add("parameters", manifest->parameters, parameterCount(double(manifest->parameters)));
  report.add("quantization", manifest->quantization);
  report.add("activations", manifest->activations);
  addFile(report, "library", directory.str(), manifest->library, -1);
  addFile(report, "weights", directory.str(), manifest->weights, weightsHeaderBytes + manifest->weightsBytes);
  report.add("isa", manifest->json["isa"], printable(llvm::join(manifest->isas, ", "), 400));
  report.add("vocab", manifest->vocab, grouped(manifest->vocab));
  report.add("context", manifest->context, grouped(manifest->context));
  report.add("max_tokens", manifest->maxTokens, grouped(manifest->maxTokens));
  addStates(report, *manifest);
  addTokenizer(report, readTokenizer(directory.str()));
  std::vector<std::string> ends;
  for (int64_t id : manifest->eosTokens)
    ends.push_back(std::to_string(id));
  report.add("eos_token_ids", manifest->eosTokens, llvm::join(ends, ", "));
  return report;
}

} // namespace braid::tools
