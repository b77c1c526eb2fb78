// SPDX-License-Identifier: Apache-2.0
/// \file
/// Loads the text side of an artifact.
#include "tools/braid/Dialogue.h"

#include "text/Unicode.h"
#include "tools/braid/CommandLine.h"

#include "llvm/Support/FileSystem.h"

namespace fs = llvm::sys::fs;

namespace braid::tools {

text::Json message(llvm::StringRef role, llvm::StringRef content) {
  return {{"role", role.str()}, {"content", text::sanitizeUtf8(content)}};
}

/// The id of a special token of tokenizer_config.json, which is a string or an object with "content".
static std::optional<uint32_t> configToken(const text::Json &config, const char *key, const text::Tokenizer &tokens) {
  const text::Json *found = text::member(config, key);
  if (found && found->is_object())
    found = text::member(*found, "content");
  if (!found || !found->is_string())
    return std::nullopt;
  return tokens.idOf(found->get_ref<const std::string &>());
}

llvm::Expected<Dialogue> Dialogue::load(const Artifact &artifact, bool isRaw) {
  Dialogue dialogue;
  dialogue.vocab = artifact.manifest.vocab;
  dialogue.ends.assign(artifact.manifest.eosTokens.begin(), artifact.manifest.eosTokens.end());
  std::string file = artifact.directory + "/tokenizer.json";
  if (!fs::exists(file))
    return makeError(file + ": no such file: this model has no tokenizer; give token ids (--tokens)");
  auto tokens = text::Tokenizer::load(file);
  if (!tokens)
    return makeError(tokens.error());
  dialogue.tokens = std::move(*tokens);

  std::string configFile = artifact.directory + "/tokenizer_config.json";
  bool hasConfig = fs::exists(configFile);
  bool hasTemplate = fs::exists(artifact.directory + "/chat_template.jinja");
  if (hasConfig) {
    auto data = text::readFile(configFile, 64 << 20);
    if (!data)
      return makeError(data.error());
    auto config = text::parseJson(*data, configFile);
    if (!config)
      return makeError(config.error());
    if (auto id = configToken(*config, "eos_token", *dialogue.tokens); id && !dialogue.endsText(*id))
      dialogue.ends.push_back(*id);
    hasTemplate |= text::member(*config, "chat_template") != nullptr;
  }
  if (hasTemplate && !isRaw) {
    auto chat = text::ChatTemplate::load(artifact.directory);
    if (!chat)
      return makeError(artifact.directory + ": " + chat.error().message + "; --raw leaves the template out");
    dialogue.chat = std::move(*chat);
  }
  return dialogue;
}

llvm::Expected<std::vector<int32_t>> Dialogue::encode(llvm::StringRef text, bool addSpecialTokens) const {
  auto ids = tokens->encode(text, {addSpecialTokens, /*parseSpecialTokens=*/true});
  if (!ids)
    return makeError(ids.error());
  for (uint32_t id : *ids)
    if (id >= vocab)
      return makeError("the tokenizer gives token " + llvm::Twine(id) + " ('" + tokens->tokenText(id) +
                       "'), but the model's vocabulary has " + llvm::Twine(vocab));
  return std::vector<int32_t>(ids->begin(), ids->end());
}

llvm::Expected<std::vector<int32_t>> Dialogue::prompt(llvm::StringRef raw) const { return encode(raw, true); }

llvm::Expected<std::vector<int32_t>> Dialogue::prompt(const text::Json &messages) const {
  auto rendered = chat->render({{"messages", messages}, {"add_generation_prompt", true}});
  if (!rendered)
    return makeError(rendered.error());
  return encode(*rendered, false);
}

} // namespace braid::tools
