// SPDX-License-Identifier: Apache-2.0
/// \file The table of pre-tokenizers, and their JSON.
#include "models/formats/GgufPreTokenizer.h"

using namespace llvm;

namespace braid::formats {
namespace {

// Llama 3 groups digits by three, Qwen 2 takes them one by one; the rest of the pattern is the same.
constexpr StringRef llama3Splits[] = {
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)"};
constexpr StringRef qwen2Splits[] = {
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)"};
// Marks go with letters.
constexpr StringRef qwen35Splits[] = {
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?[\p{L}\p{M}]+|\p{N}| ?[^\s\p{L}\p{M}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)"};

// DeepSeek-V2: the letters are those of alphabets with capitals that its makers knew.
constexpr StringRef deepseekSplits[] = {
    R"([\r\n])",
    R"(\s?[)"
    R"(A-Za-z\x{B5}\x{C0}-\x{D6}\x{D8}-\x{F6}\x{F8}-\x{1BA}\x{1BC}-\x{1BF}\x{1C4}-\x{293}\x{295}-\x{2AF})"
    R"(\x{370}-\x{373}\x{376}\x{377}\x{37B}-\x{37D}\x{37F}\x{386}\x{388}-\x{38A}\x{38C}\x{38E}-\x{3A1})"
    R"(\x{3A3}-\x{3F5}\x{3F7}-\x{481}\x{48A}-\x{52F}\x{531}-\x{556}\x{10A0}-\x{10C5}\x{13A0}-\x{13F5})"
    R"(\x{13F8}-\x{13FD}\x{1C90}-\x{1CBA}\x{1CBD}-\x{1CBF}\x{1D00}-\x{1D2B}\x{1D6B}-\x{1D77}\x{1D79}-\x{1D9A})"
    R"(\x{1E00}-\x{1F15}\x{1F18}-\x{1F1D}\x{1F20}-\x{1F45}\x{1F48}-\x{1F4D}\x{1F50}-\x{1F57}\x{1F59}\x{1F5B})"
    R"(\x{1F5D}\x{1F5F}-\x{1F7D}\x{1F80}-\x{1FB4}\x{1FB6}-\x{1FBC}\x{1FBE}\x{1FC2}-\x{1FC4}\x{1FC6}-\x{1FCC})"
    R"(\x{1FD0}-\x{1FD3}\x{1FD6}-\x{1FDB}\x{1FE0}-\x{1FEC}\x{1FF2}-\x{1FF4}\x{1FF6}-\x{1FFC}\x{2102}\x{2107})"
    R"(\x{210A}-\x{2113}\x{2115}\x{2119}-\x{211D}\x{2124}\x{2126}\x{2128}\x{212A}-\x{212D}\x{212F}-\x{2134})"
    R"(\x{2139}\x{213C}-\x{213F}\x{2145}-\x{2149}\x{214E}\x{2183}\x{2184}\x{2C00}-\x{2C7B}\x{2C7E}-\x{2CE4})"
    R"(\x{2CEB}-\x{2CEE}\x{2CF2}\x{2CF3}\x{A640}-\x{A66D}\x{A680}-\x{A69B}\x{A722}-\x{A76F}\x{A771}-\x{A787})"
    R"(\x{A78B}-\x{A78E}\x{AB70}-\x{ABBF}\x{FB00}-\x{FB06}\x{FB13}-\x{FB17}\x{FF21}-\x{FF3A}\x{FF41}-\x{FF5A})"
    R"(\x{10400}-\x{1044F}\x{104B0}-\x{104D3}\x{104D8}-\x{104FB}\x{10C80}-\x{10CB2}\x{10CC0}-\x{10CF2})"
    R"(\x{118A0}-\x{118DF}\x{1E900}-\x{1E943})"
    R"(]+)",
    R"(\s?[!-/:-~\x{FF01}-\x{FF0F}\x{FF1A}-\x{FF5E}\x{2018}-\x{201F}\x{3000}-\x{3002}]+)", R"(\s+$)",
    R"([\x{4E00}-\x{9FA5}\x{0800}-\x{4E00}\x{AC00}-\x{D7FF}]+)", R"(\p{N})"};
// DeepSeek-V3 cuts numbers and runs of Chinese and Japanese off first.
constexpr StringRef deepseek3Splits[] = {
    R"(\p{N}{1,3})", "[\u4e00-\u9fa5\u3040-\u309f\u30a0-\u30ff]+",
    R"([!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+)"
    R"(| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)"};
// Kimi K2 takes Han off the letters, and cuts words where capitals begin; looking ahead stands for its `&&[^\p{Han}]`.
constexpr StringRef kimiSplits[] = {
    R"(\p{Han}+)"
    R"(|[^\r\n\p{L}\p{N}]?(?:(?!\p{Han})[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}])*)"
    R"((?:(?!\p{Han})[\p{Ll}\p{Lm}\p{Lo}\p{M}])+(?i:'s|'t|'re|'ve|'m|'ll|'d)?)"
    R"(|[^\r\n\p{L}\p{N}]?(?:(?!\p{Han})[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}])+)"
    R"((?:(?!\p{Han})[\p{Ll}\p{Lm}\p{Lo}\p{M}])*(?i:'s|'t|'re|'ve|'m|'ll|'d)?)"
    R"(|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)"};

constexpr StringRef wordMark = "\xe2\x96\x81"; // U+2581

constexpr PreTokenizer gpt2{};
constexpr PreTokenizer smollm{.digits = true};
constexpr PreTokenizer llama3{.splits = llama3Splits, .ignoreMerges = true, .addBos = true};
constexpr PreTokenizer dbrx{.splits = llama3Splits};
constexpr PreTokenizer qwen2{.splits = qwen2Splits, .nfc = true};
constexpr PreTokenizer qwen35{.splits = qwen35Splits, .nfc = true};
constexpr PreTokenizer deepseek{.splits = deepseekSplits};
constexpr PreTokenizer deepseek3{.splits = deepseek3Splits};
constexpr PreTokenizer kimi{.splits = kimiSplits, .ignoreMerges = true};

constexpr std::pair<StringRef, const PreTokenizer *> table[] = {
    {"default", &gpt2},     {"gpt-2", &gpt2},       {"phi-2", &gpt2},     {"smollm", &smollm},
    {"starcoder", &smollm}, {"refact", &smollm},    {"llama-bpe", &llama3}, {"llama3", &llama3},
    {"llama-v3", &llama3},  {"qwen2", &qwen2},      {"deepseek-r1-qwen", &qwen2},
    {"qwen35", &qwen35},    {"dbrx", &dbrx},        {"deepseek-llm", &deepseek},
    {"deepseek-v3", &deepseek3},                    {"kimi-k2", &kimi},
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
      for (StringRef split : splits)
        json.object([&] {
          json.attribute("type", "Split");
          json.attributeObject("pattern", [&] { json.attribute("Regex", split); });
          json.attribute("behavior", "Isolated");
          json.attribute("invert", false);
        });
      writeByteLevel(json, /*useRegex=*/splits.empty());
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
