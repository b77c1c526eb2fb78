// SPDX-License-Identifier: Apache-2.0
/// \file Reads and checks the vocabulary. Nothing here trusts one array to be as long as another.
#include "models/formats/GgufVocabulary.h"
#include "llvm/Support/JSON.h"

using namespace llvm;

namespace braid::formats {
namespace {

Error readTokens(const GgufMetadata &metadata, GgufVocabulary &vocabulary) {
  Expected<std::optional<std::vector<StringRef>>> tokens = metadata.strings("tokenizer.ggml.tokens");
  if (!tokens)
    return tokens.takeError();
  if (!*tokens)
    return fileError(metadata.path(), "key 'tokenizer.ggml.tokens': expected an array of strings, but it is not there");
  vocabulary.tokens = std::move(**tokens);
  size_t count = vocabulary.tokens.size();
  const GgufValue &value = *metadata.find("tokenizer.ggml.tokens");
  if (count == 0 || count > GgufVocabulary::maxTokens)
    return metadata.fault(value, "1 to " + Twine(GgufVocabulary::maxTokens) + " tokens");

  vocabulary.types.assign(count, TokenType::Normal);
  Expected<std::optional<std::vector<int64_t>>> types =
      metadata.integers("tokenizer.ggml.token_type", 0, int64_t(TokenType::Byte));
  if (!types)
    return types.takeError();
  if (*types) {
    if ((*types)->size() != count)
      return metadata.fault(*metadata.find("tokenizer.ggml.token_type"), "one type for each of " + Twine(count) +
                                                                             " tokens");
    for (size_t i = 0; i < count; ++i)
      vocabulary.types[i] = TokenType((**types)[i]);
  }

  for (size_t i = 0; i < count; ++i) {
    StringRef token = vocabulary.tokens[i];
    if (!json::isUTF8(token))
      return metadata.fault(value, "tokens in UTF-8, but token " + Twine(i) + " is '" + printable(token) + "'");
    if (vocabulary.types[i] == TokenType::Unused)
      continue;
    auto [place, added] = vocabulary.ids.try_emplace(token, uint32_t(i));
    if (!added)
      return metadata.fault(value, "every token once, but tokens " + Twine(place->second) + " and " + Twine(i) +
                                       " are both '" + printable(token) + "'");
  }
  return Error::success();
}

Error readMerges(const GgufMetadata &metadata, GgufVocabulary &vocabulary) {
  Expected<std::optional<std::vector<StringRef>>> merges = metadata.strings("tokenizer.ggml.merges");
  if (!merges)
    return merges.takeError();
  if (!*merges)
    return Error::success();
  const GgufValue &value = *metadata.find("tokenizer.ggml.merges");
  std::string whole;
  vocabulary.merges.reserve((*merges)->size());
  for (StringRef merge : **merges) {
    auto index = vocabulary.merges.size();
    // The first half may not be empty, so the cut is at the first space behind the first byte.
    size_t space = merge.find(' ', 1);
    StringRef left = merge.take_front(space), right = space == StringRef::npos ? "" : merge.substr(space + 1);
    if (left.empty() || right.empty())
      return metadata.fault(value, "merges of two tokens, but merge " + Twine(index) + " is '" + printable(merge) +
                                       "'");
    whole.assign(left.data(), left.size());
    whole.append(right.data(), right.size());
    for (StringRef part : {left, right, StringRef(whole)})
      if (!vocabulary.ids.contains(part))
        return metadata.fault(value, "merges of known tokens, but '" + printable(part) + "' of merge " +
                                         Twine(index) + " is not in the vocabulary");
    vocabulary.merges.emplace_back(left, right);
  }
  return Error::success();
}

Error readSpecial(const GgufMetadata &metadata, GgufVocabulary &vocabulary) {
  const std::pair<StringRef, std::optional<uint32_t> GgufVocabulary::*> ids[] = {
      {"tokenizer.ggml.bos_token_id", &GgufVocabulary::bos},
      {"tokenizer.ggml.eos_token_id", &GgufVocabulary::eos},
      {"tokenizer.ggml.eot_token_id", &GgufVocabulary::eot},
      {"tokenizer.ggml.unknown_token_id", &GgufVocabulary::unknown},
      {"tokenizer.ggml.padding_token_id", &GgufVocabulary::padding}};
  for (const auto &[key, member] : ids) {
    Expected<std::optional<int64_t>> id = metadata.integer(key, 0, int64_t(vocabulary.tokens.size()) - 1);
    if (!id)
      return id.takeError();
    if (*id)
      vocabulary.*member = uint32_t(**id);
  }
  const std::pair<StringRef, std::optional<bool> GgufVocabulary::*> flags[] = {
      {"tokenizer.ggml.add_bos_token", &GgufVocabulary::addBos},
      {"tokenizer.ggml.add_eos_token", &GgufVocabulary::addEos},
      {"tokenizer.ggml.add_space_prefix", &GgufVocabulary::addSpacePrefix}};
  for (const auto &[key, member] : flags) {
    Expected<std::optional<bool>> flag = metadata.boolean(key);
    if (!flag)
      return flag.takeError();
    vocabulary.*member = *flag;
  }
  return Error::success();
}

} // namespace

Expected<GgufVocabulary> GgufVocabulary::read(const GgufMetadata &metadata) {
  GgufVocabulary result;
  if (Error error = readTokens(metadata, result))
    return std::move(error);
  if (Error error = readMerges(metadata, result))
    return std::move(error);
  if (Error error = readSpecial(metadata, result))
    return std::move(error);
  return result;
}

} // namespace braid::formats
