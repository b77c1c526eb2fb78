// SPDX-License-Identifier: Apache-2.0
/// \file
/// Reading tokenizer.json: its two large tables go straight into the model, the rest into a small tree.
#include "text/TokenizerParts.h"

#include <unordered_map>

namespace braid::text {
namespace {

/// Takes "model.vocab" and "model.merges" while the file is parsed.
struct ModelTables : JsonSink {
  Vocabulary vocabulary;
  std::vector<Bpe::Merge> merges;
  bool inMerges = false, sawVocabulary = false, sawMerges = false;
  int half = 0; // how many parts of a ["a", "b"] merge are there already

  bool takes(const std::vector<std::string> &path) override {
    if (path.size() != 2 || path[0] != "model" || (path[1] != "vocab" && path[1] != "merges"))
      return false;
    inMerges = path[1] == "merges";
    (inMerges ? sawMerges : sawVocabulary) = true;
    return true;
  }
  Status number(const std::string &key, uint64_t value) override {
    if (inMerges)
      return invalid("model: merges: expected strings, got a number");
    if (Status status = vocabulary.add(key, value); !status)
      return Error{status.error().kind, "model: vocab: " + status.error().message};
    return Ok{};
  }
  Status string(std::string &value, int depth) override {
    if (!inMerges)
      return invalid("model: vocab: expected numbers, got a string");
    if (merges.size() > maxTokenId)
      return limitExceeded("model: more than " + std::to_string(maxTokenId) + " merges");
    if (depth == 1) {
      if (++half == 1)
        merges.emplace_back(std::move(value), std::string());
      else
        merges.back().second = std::move(value);
      return Ok{};
    }
    if (value.starts_with("#version"))
      return Ok{};
    size_t space = value.find(' ');
    if (space == std::string::npos || value.find(' ', space + 1) != std::string::npos)
      return invalid("model: merge " + std::to_string(merges.size()) +
                     ": expected two tokens with one space, got " + inQuotes(value));
    merges.emplace_back(value.substr(0, space), value.substr(space + 1));
    return Ok{};
  }
  Status nested(bool begins, bool isArray) override {
    if (!inMerges || !isArray)
      return invalid("model: unexpected nesting in " + std::string(inMerges ? "merges" : "vocab"));
    if (!begins && half != 2)
      return invalid("model: merge " + std::to_string(merges.size()) + ": expected two tokens, got " +
                     std::to_string(half));
    half = 0;
    return Ok{};
  }
};

Result<AddedToken> readAddedToken(const Json &json) {
  const char *where = "added_tokens";
  if (!json.is_object())
    return invalid(std::string(where) + ": expected objects, got " + json.type_name());
  AddedToken token;
  auto content = stringMember(json, "content", where);
  if (!content)
    return content.error();
  token.content = *content;
  auto id = uintMember(json, "id", maxTokenId, where);
  if (!id)
    return id.error();
  token.id = uint32_t(*id);
  auto special = boolMember(json, "special", false, where);
  if (!special)
    return special.error();
  token.special = *special;
  for (auto [key, field, fallback] : {std::tuple{"normalized", &token.normalized, !*special},
                                      {"single_word", &token.singleWord, false},
                                      {"lstrip", &token.lstrip, false},
                                      {"rstrip", &token.rstrip, false}}) {
    auto value = boolMember(json, key, fallback, where);
    if (!value)
      return value.error();
    *field = *value;
  }
  return token;
}

} // namespace

Status Tokenizer::Parts::addTokens(const Json &list) {
  if (!list.is_array())
    return invalid("added_tokens: expected an array");
  std::unordered_map<std::string, uint32_t> seen;
  for (const Json &element : list) {
    auto token = readAddedToken(element);
    if (!token)
      return token.error();
    if (token->content.empty())
      continue;
    auto fail = [&](std::string why) -> Status {
      return invalid("added_tokens: token " + inQuotes(token->content) + ": " + why);
    };
    uint32_t known = model.vocabulary().find(token->content);
    if (known != noToken && known != token->id)
      return fail("id " + std::to_string(token->id) + ", but the vocabulary says " + std::to_string(known));
    std::string_view there = model.vocabulary().text(token->id);
    if (known == noToken && there.data())
      return fail("id " + std::to_string(token->id) + " belongs to " + inQuotes(std::string(there)));
    if (auto [it, fresh] = seen.try_emplace(token->content, token->id); !fresh)
      return fail("listed twice");
    int32_t index = int32_t(added.size());
    if (!addedById.try_emplace(token->id, index).second)
      return fail("id " + std::to_string(token->id) + " is used twice");
    std::string pattern = token->content;
    if (token->normalized)
      if (Status status = normalizer.apply(pattern); !status)
        return status;
    if (Status status = (token->normalized ? normalizedMatcher : rawMatcher).add(pattern, index); !status)
      return Error{status.error().kind, "added_tokens: " + status.error().message};
    addedDecoded.push_back(std::move(pattern));
    added.push_back(std::move(*token));
  }
  return Ok{};
}

Result<Tokenizer> Tokenizer::parse(std::string_view json, const std::string &name) {
  auto named = [&](const Error &error) { return Error{error.kind, name + ": " + error.message}; };
  try {
    ModelTables tables;
    auto root = parseJson(json, name, &tables);
    if (!root)
      return root.error();
    const Json *model = member(*root, "model");
    if (!root->is_object() || !model || !model->is_object())
      return invalid(name + ": expected an object with a 'model'");
    if (const Json *type = member(*model, "type"); type && type->is_string() && *type != "BPE")
      return unsupported(name + ": model: type " + inQuotes(type->get<std::string>()) + " is not supported");
    if (!tables.sawVocabulary || !tables.sawMerges)
      return invalid(name + ": model: '" + (tables.sawVocabulary ? "merges" : "vocab") + "' is missing");

    auto parts = std::make_shared<Parts>();
    const Json none;
    auto component = [&](const char *key) -> const Json & {
      const Json *found = member(*root, key);
      return found ? *found : none;
    };
    auto bpe = Bpe::create(*model, std::move(tables.vocabulary), std::move(tables.merges));
    if (!bpe)
      return named(bpe.error());
    parts->model = std::move(*bpe);
    auto normalizer = Normalizer::create(component("normalizer"));
    if (!normalizer)
      return named(normalizer.error());
    parts->normalizer = std::move(*normalizer);
    auto preTokenizer = PreTokenizer::create(component("pre_tokenizer"));
    if (!preTokenizer)
      return named(preTokenizer.error());
    parts->preTokenizer = std::move(*preTokenizer);
    auto postProcessor = PostProcessor::create(component("post_processor"));
    if (!postProcessor)
      return named(postProcessor.error());
    parts->postProcessor = std::move(*postProcessor);
    auto decoder = Decoder::create(component("decoder"));
    if (!decoder)
      return named(decoder.error());
    parts->decoder = std::move(*decoder);
    if (const Json *list = member(*root, "added_tokens"))
      if (Status status = parts->addTokens(*list); !status)
        return named(status.error());
    return Tokenizer(std::move(parts));
  } catch (const std::exception &e) { // out of memory, or a bug of ours: still an answer
    return limitExceeded(name + ": " + e.what());
  }
}

Result<Tokenizer> Tokenizer::load(const std::string &path) {
  auto data = readFile(path, size_t(1) << 29);
  if (!data)
    return data.error();
  return parse(*data, path);
}

} // namespace braid::text
