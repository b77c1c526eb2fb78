// SPDX-License-Identifier: Apache-2.0
/// \file
/// Kind and size of a tokenizer.
#include "tools/braid/Inspect.h"

#include "models/formats/FormatError.h"
#include "text/Tokenizer.h"
#include "tools/braid/CommandLine.h"

using namespace braid::formats;

namespace braid::tools {

/// "BPE", "Unigram", ...: `model.type` of tokenizer.json.
static std::string kindOf(llvm::StringRef tokenizerJson) {
  llvm::Expected<Json> json = parseJsonText("tokenizer.json", tokenizerJson, 256 << 20);
  if (!json) {
    llvm::consumeError(json.takeError());
    return "unknown";
  }
  if (json->is_object() && json->contains("model"))
    if (const Json &model = (*json)["model"]; model.is_object() && model.contains("type") && model["type"].is_string())
      return printable(model["type"].get_ref<const std::string &>(), 40);
  return "unknown";
}

static bool hasTemplate(llvm::StringRef configJson) {
  llvm::Expected<Json> json = parseJsonText("tokenizer_config.json", configJson, 64 << 20);
  if (json)
    return json->is_object() && json->contains("chat_template") && !(*json)["chat_template"].is_null();
  llvm::consumeError(json.takeError());
  return false;
}

void addTokenizer(Report &report, llvm::Expected<TokenizerFiles> files) {
  if (!files) {
    report.add("tokenizer", "not usable: " + llvm::toString(files.takeError()));
    return;
  }
  if (files->tokenizerJson.empty()) {
    report.add("tokenizer", Json(), "none");
    return;
  }
  std::string kind = kindOf(files->tokenizerJson);
  auto tokenizer = text::Tokenizer::parse(files->tokenizerJson);
  if (!tokenizer) {
    report.add("tokenizer", kind + ", not usable: " + tokenizer.error().message);
    return;
  }
  bool withTemplate = hasTemplate(files->tokenizerConfigJson);
  report.add("tokenizer", {{"kind", kind}, {"tokens", tokenizer->idEnd()}, {"chat_template", withTemplate}},
             kind + ", " + grouped(tokenizer->idEnd()) + " tokens" + (withTemplate ? ", with a chat template" : ""));
}

} // namespace braid::tools
