// SPDX-License-Identifier: Apache-2.0
/// \file Writes tokenizer.json and tokenizer_config.json from a GGUF vocabulary.
#include "models/formats/GgufTokenizer.h"
#include "models/formats/GgufPreTokenizer.h"
#include "models/formats/GgufVocabulary.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;

namespace braid::formats {
namespace {

struct Writer {
  const GgufVocabulary &vocabulary;
  const PreTokenizer &preTokenizer;
  bool addBos, addEos;

  StringRef token(uint32_t id) const { return vocabulary.tokens[id]; }

  void addedTokens(json::OStream &json) const {
    json.attributeArray("added_tokens", [&] {
      for (size_t i = 0; i < vocabulary.tokens.size(); ++i) {
        TokenType type = vocabulary.types[i];
        if (type != TokenType::Control && type != TokenType::UserDefined && type != TokenType::Unknown)
          continue;
        json.object([&] {
          json.attribute("id", int64_t(i));
          json.attribute("content", token(uint32_t(i)));
          for (StringRef flag : {"single_word", "lstrip", "rstrip", "normalized"})
            json.attribute(flag, false);
          json.attribute("special", type != TokenType::UserDefined);
        });
      }
    });
  }

  void model(json::OStream &json) const {
    json.attributeObject("model", [&] {
      json.attribute("type", "BPE");
      for (StringRef absent : {"dropout", "continuing_subword_prefix", "end_of_word_suffix"})
        json.attribute(absent, nullptr);
      if (preTokenizer.pieces && vocabulary.unknown)
        json.attribute("unk_token", token(*vocabulary.unknown));
      else
        json.attribute("unk_token", nullptr);
      json.attribute("fuse_unk", preTokenizer.pieces);
      json.attribute("byte_fallback", preTokenizer.pieces);
      json.attribute("ignore_merges", preTokenizer.ignoreMerges);
      json.attributeObject("vocab", [&] {
        for (size_t i = 0; i < vocabulary.tokens.size(); ++i)
          if (vocabulary.types[i] != TokenType::Unused)
            json.attribute(vocabulary.tokens[i], int64_t(i));
      });
      json.attributeArray("merges", [&] {
        for (const auto &[left, right] : vocabulary.merges)
          json.value((left + " " + right).str());
      });
    });
  }

  void special(json::OStream &json, uint32_t id, int type) const {
    json.object([&] {
      json.attributeObject("SpecialToken", [&] {
        json.attribute("id", token(id));
        json.attribute("type_id", type);
      });
    });
  }

  void sequence(json::OStream &json, StringRef name, int type) const {
    if (addBos)
      special(json, *vocabulary.bos, type);
    json.object([&] {
      json.attributeObject("Sequence", [&] {
        json.attribute("id", name);
        json.attribute("type_id", type);
      });
    });
    if (addEos)
      special(json, *vocabulary.eos, type);
  }

  void postProcessor(json::OStream &json) const {
    if (!addBos && !addEos)
      return json.attribute("post_processor", nullptr);
    json.attributeObject("post_processor", [&] {
      json.attribute("type", "TemplateProcessing");
      json.attributeArray("single", [&] { sequence(json, "A", 0); });
      json.attributeArray("pair", [&] {
        sequence(json, "A", 0);
        sequence(json, "B", 1);
      });
      json.attributeObject("special_tokens", [&] {
        auto one = [&](uint32_t id) {
          json.attributeObject(token(id), [&] {
            json.attribute("id", token(id));
            json.attributeArray("ids", [&] { json.value(int64_t(id)); });
            json.attributeArray("tokens", [&] { json.value(token(id)); });
          });
        };
        if (addBos)
          one(*vocabulary.bos);
        if (addEos && !(addBos && vocabulary.bos == vocabulary.eos))
          one(*vocabulary.eos);
      });
    });
  }

  std::string tokenizer() const {
    std::string text;
    raw_string_ostream stream(text);
    json::OStream json(stream);
    json.object([&] {
      json.attribute("version", "1.0");
      json.attribute("truncation", nullptr);
      json.attribute("padding", nullptr);
      addedTokens(json);
      preTokenizer.writeNormalizer(json);
      preTokenizer.writePreTokenizer(json);
      postProcessor(json);
      preTokenizer.writeDecoder(json);
      model(json);
    });
    return text;
  }

  std::string config(std::optional<StringRef> chatTemplate) const {
    std::string text;
    raw_string_ostream stream(text);
    json::OStream json(stream, /*IndentSize=*/2);
    json.object([&] {
      json.attribute("tokenizer_class", "PreTrainedTokenizerFast");
      json.attribute("clean_up_tokenization_spaces", false);
      json.attribute("add_bos_token", addBos);
      json.attribute("add_eos_token", addEos);
      auto one = [&](StringRef name, std::optional<uint32_t> id) {
        if (id)
          json.attribute(name, token(*id));
      };
      one("bos_token", vocabulary.bos);
      one("eos_token", vocabulary.eos);
      one("unk_token", vocabulary.unknown);
      one("pad_token", vocabulary.padding);
      if (chatTemplate)
        json.attribute("chat_template", *chatTemplate);
    });
    return text;
  }
};

} // namespace

/// Of a byte-level vocabulary, by the name in the file.
static Expected<PreTokenizer> byteLevelScheme(const GgufMetadata &metadata) {
  Expected<std::optional<StringRef>> pre = metadata.string("tokenizer.ggml.pre");
  if (!pre)
    return pre.takeError();
  const PreTokenizer *known = findPreTokenizer(*pre ? **pre : StringRef("default"));
  if (!known)
    return metadata.fault(*metadata.find("tokenizer.ggml.pre"), "one of " + knownPreTokenizers());
  if (!metadata.find("tokenizer.ggml.merges"))
    return fileError(metadata.path(), "key 'tokenizer.ggml.merges': expected an array of strings, but it is not there");
  return *known;
}

Expected<TokenizerFiles> tokenizerFromGguf(const GgufMetadata &metadata) {
  Expected<std::optional<StringRef>> model = metadata.string("tokenizer.ggml.model");
  if (!model)
    return model.takeError();
  if (!*model)
    return fileError(metadata.path(), "key 'tokenizer.ggml.model': expected a string, but it is not there");
  if (**model == "none") // a model that takes token ids
    return TokenizerFiles();
  bool pieces = **model == "llama";
  if (!pieces && **model != "gpt2")
    return metadata.fault(*metadata.find("tokenizer.ggml.model"), "\"gpt2\" (byte-level BPE), \"llama\" (pieces) or \"none\"");

  Expected<GgufVocabulary> vocabulary = GgufVocabulary::read(metadata);
  if (!vocabulary)
    return vocabulary.takeError();
  PreTokenizer preTokenizer;
  if (pieces) {
    preTokenizer.pieces = preTokenizer.addBos = true;
    preTokenizer.spacePrefix = vocabulary->addSpacePrefix.value_or(true);
    if (Error error = vocabulary->mergesFromScores(metadata))
      return std::move(error);
  } else if (Expected<PreTokenizer> scheme = byteLevelScheme(metadata)) {
    preTokenizer = *scheme;
  } else {
    return scheme.takeError();
  }
  bool addBos = vocabulary->addBos.value_or(preTokenizer.addBos), addEos = vocabulary->addEos.value_or(false);
  if (addBos && !vocabulary->bos)
    return fileError(metadata.path(), "key 'tokenizer.ggml.bos_token_id': expected a token to add, but it is not there");
  if (addEos && !vocabulary->eos)
    return fileError(metadata.path(), "key 'tokenizer.ggml.eos_token_id': expected a token to add, but it is not there");

  Expected<std::optional<StringRef>> chatTemplate = metadata.string("tokenizer.chat_template");
  if (!chatTemplate)
    return chatTemplate.takeError();
  if (*chatTemplate && !json::isUTF8(**chatTemplate))
    return metadata.fault(*metadata.find("tokenizer.chat_template"), "text in UTF-8");

  Writer writer{*vocabulary, preTokenizer, addBos, addEos};
  return TokenizerFiles{writer.tokenizer(), writer.config(*chatTemplate)};
}

Expected<Json> generationConfigFromGguf(const GgufMetadata &metadata) {
  Json result = Json::object();
  constexpr int64_t last = int64_t(GgufVocabulary::maxTokens);
  Expected<std::optional<int64_t>> bos = metadata.integer("tokenizer.ggml.bos_token_id", 0, last);
  if (!bos)
    return bos.takeError();
  if (*bos)
    result["bos_token_id"] = **bos;
  Json ends = Json::array();
  for (StringRef key : {"tokenizer.ggml.eos_token_id", "tokenizer.ggml.eot_token_id"}) {
    Expected<std::optional<int64_t>> id = metadata.integer(key, 0, last);
    if (!id)
      return id.takeError();
    if (*id && (ends.empty() || ends[0] != **id))
      ends.push_back(**id);
  }
  if (!ends.empty())
    result["eos_token_id"] = std::move(ends);
  return result;
}

} // namespace braid::formats
