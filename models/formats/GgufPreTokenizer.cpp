// SPDX-License-Identifier: Apache-2.0
/// \file The table of pre-tokenizers, and their JSON.
#include "models/formats/GgufPreTokenizer.h"

using namespace llvm;

namespace braid::formats {
namespace {

// Llama 3 groups digits by three, Qwen 2 takes them one by one; the rest of the pattern is the same.
constexpr StringRef llama3Regex =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
constexpr StringRef qwen2Regex =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
// Marks go with letters.
constexpr StringRef qwen35Regex =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?[\p{L}\p{M}]+|\p{N}| ?[^\s\p{L}\p{M}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";

constexpr StringRef wordMark = "\xe2\x96\x81"; // U+2581

constexpr PreTokenizer gpt2{};
constexpr PreTokenizer smollm{.digits = true};
constexpr PreTokenizer llama3{.splitRegex = llama3Regex, .ignoreMerges = true, .addBos = true};
constexpr PreTokenizer dbrx{.splitRegex = llama3Regex};
constexpr PreTokenizer qwen2{.splitRegex = qwen2Regex, .nfc = true};
constexpr PreTokenizer qwen35{.splitRegex = qwen35Regex, .nfc = true};

constexpr std::pair<StringRef, const PreTokenizer *> table[] = {
    {"default", &gpt2},     {"gpt-2", &gpt2},       {"phi-2", &gpt2},     {"smollm", &smollm},
    {"starcoder", &smollm}, {"refact", &smollm},    {"llama-bpe", &llama3}, {"llama3", &llama3},
    {"llama-v3", &llama3},  {"qwen2", &qwen2},      {"deepseek-r1-qwen", &qwen2},
    {"qwen35", &qwen35},    {"dbrx", &dbrx},
};

void writeByteLevel(json::OStream &json, bool useRegex) {
  json.object([&] {
    json.attribute("type", "ByteLevel");
    json.attribute("add_prefix_space", false);
    json.attribute("trim_offsets", true);
    json.attribute("use_regex", useRegex);
  });
}

} // namespace

const PreTokenizer *findPreTokenizer(StringRef name) {
  for (const auto &[known, value] : table)
    if (known == name)
      return value;
  return nullptr;
}

std::string knownPreTokenizers() {
  std::string names;
  for (const auto &row : table)
    names += (names.empty() ? "" : ", ") + row.first.str();
  return names;
}

/// {"type":"Replace","pattern":{"String":from},"content":to}
static void writeReplace(json::OStream &json, StringRef from, StringRef to) {
  json.object([&] {
    json.attribute("type", "Replace");
    json.attributeObject("pattern", [&] { json.attribute("String", from); });
    json.attribute("content", to);
  });
}

static void writeStage(json::OStream &json, StringRef type) {
  json.object([&] { json.attribute("type", type); });
}

void PreTokenizer::writeNormalizer(json::OStream &json) const {
  if (!nfc && !pieces)
    return json.attribute("normalizer", nullptr);
  json.attributeObject("normalizer", [&] {
    if (nfc)
      return json.attribute("type", "NFC");
    json.attribute("type", "Sequence");
    json.attributeArray("normalizers", [&] {
      if (spacePrefix)
        json.object([&] {
          json.attribute("type", "Prepend");
          json.attribute("prepend", wordMark);
        });
      writeReplace(json, " ", wordMark);
    });
  });
}

void PreTokenizer::writePreTokenizer(json::OStream &json) const {
  if (pieces)
    return json.attribute("pre_tokenizer", nullptr);
  json.attributeObject("pre_tokenizer", [&] {
    json.attribute("type", "Sequence");
    json.attributeArray("pretokenizers", [&] {
      if (digits)
        json.object([&] {
          json.attribute("type", "Digits");
          json.attribute("individual_digits", true);
        });
      if (!splitRegex.empty())
        json.object([&] {
          json.attribute("type", "Split");
          json.attributeObject("pattern", [&] { json.attribute("Regex", splitRegex); });
          json.attribute("behavior", "Isolated");
          json.attribute("invert", false);
        });
      writeByteLevel(json, /*useRegex=*/splitRegex.empty());
    });
  });
}

void PreTokenizer::writeDecoder(json::OStream &json) const {
  json.attributeObject("decoder", [&] {
    json.attribute("type", pieces ? "Sequence" : "ByteLevel");
    if (!pieces) {
      for (StringRef flag : {"add_prefix_space", "trim_offsets", "use_regex"})
        json.attribute(flag, true);
      return;
    }
    json.attributeArray("decoders", [&] {
      writeReplace(json, wordMark, " ");
      writeStage(json, "ByteFallback");
      writeStage(json, "Fuse");
      if (spacePrefix)
        json.object([&] {
          json.attribute("type", "Strip");
          json.attribute("content", " ");
          json.attribute("start", 1);
          json.attribute("stop", 0);
        });
    });
  });
}

} // namespace braid::formats
