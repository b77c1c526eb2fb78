// SPDX-License-Identifier: Apache-2.0
/// \file
/// One small function a pre-tokenizer type.
#include "text/PreTokenizer.h"
#include "text/Normalizer.h"
#include "text/Pieces.h"
#include "text/Unicode.h"

#include <array>

namespace braid::text {
namespace {

constexpr const char *where = "pre_tokenizer";

bool isPlainByte(unsigned b) { return (b >= 33 && b <= 126) || (b >= 161 && b <= 172) || b >= 174; }

/// Code points of all bytes: printable Latin-1 stands for itself, the rest is counted up from U+0100.
struct ByteTable {
  std::array<std::string, 256> symbols;
  std::array<int16_t, 512> bytes;
  ByteTable() {
    bytes.fill(-1);
    uint32_t next = 256;
    for (unsigned b = 0; b < 256; ++b) {
      uint32_t c = isPlainByte(b) ? b : next++;
      appendUtf8(symbols[b], c);
      bytes[c] = int16_t(b);
    }
  }
};

const ByteTable &byteTable() {
  static const ByteTable table;
  return table;
}

/// The split that GPT-2 introduced and that "ByteLevel" applies by itself.
constexpr const char *gpt2Pattern = R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)";

Finder regexFinder(Regex regex) {
  return
      [regex = std::move(regex)](std::string_view text, std::vector<Span> &spans) { return regex.split(text, spans); };
}

Finder stringFinder(std::string needle) {
  return [needle = std::move(needle)](std::string_view text, std::vector<Span> &spans) -> Status {
    size_t done = 0;
    for (size_t hit; (hit = text.find(needle, done)) != std::string_view::npos;) {
      if (done < hit)
        spans.push_back({done, hit, false});
      done = hit + needle.size();
      spans.push_back({hit, done, true});
    }
    if (done < text.size())
      spans.push_back({done, text.size(), false});
    return Ok{};
  };
}

} // namespace

const std::string &byteSymbol(unsigned char byte) { return byteTable().symbols[byte]; }
int symbolByte(uint32_t codepoint) { return codepoint < 512 ? byteTable().bytes[codepoint] : -1; }

Status PreTokenizer::addByteLevel(const Json &json) {
  auto prefixSpace = boolMember(json, "add_prefix_space", true, where);
  auto useRegex = boolMember(json, "use_regex", true, where);
  if (!prefixSpace || !useRegex)
    return prefixSpace ? useRegex.error() : prefixSpace.error();
  if (*prefixSpace)
    steps.push_back([](Pieces &pieces) -> Status {
      rewritePieces(pieces, [](std::string_view text, bool, std::string &out) {
        if (!text.starts_with(' '))
          out += ' ';
        out += text;
      });
      return Ok{};
    });
  if (*useRegex) {
    auto regex = Regex::compile(gpt2Pattern);
    if (!regex)
      return regex.error();
    steps.push_back([find = regexFinder(*regex)](Pieces &pieces) {
      return splitPieces(pieces, find, SplitBehaviour::Isolated, false);
    });
  }
  steps.push_back([](Pieces &pieces) -> Status {
    rewritePieces(pieces, [](std::string_view text, bool, std::string &out) {
      for (unsigned char byte : text)
        out += byteSymbol(byte);
    });
    return Ok{};
  });
  return Ok{};
}

Status PreTokenizer::addMetaspace(const Json &json) {
  auto replacement = stringMember(json, "replacement", where);
  auto prefixSpace = boolMember(json, "add_prefix_space", true, where);
  auto split = boolMember(json, "split", true, where);
  if (!replacement || !prefixSpace || !split)
    return !replacement ? replacement.error() : !prefixSpace ? prefixSpace.error() : split.error();
  std::string scheme = *prefixSpace ? "always" : "never";
  if (member(json, "prepend_scheme")) {
    auto given = stringMember(json, "prepend_scheme", where);
    if (!given)
      return given.error();
    if (*given != "always" && *given != "first" && *given != "never")
      return invalid(std::string(where) + ": prepend_scheme " + inQuotes(*given) + ": expected always, first or never");
    if (!*prefixSpace && *given != "never")
      return invalid(std::string(where) + ": add_prefix_space contradicts prepend_scheme");
    scheme = *given;
  }
  if (replacement->empty())
    return invalid(std::string(where) + ": Metaspace: empty replacement");
  steps.push_back([mark = *replacement, scheme](Pieces &pieces) -> Status {
    rewritePieces(pieces, [&](std::string_view text, bool atStart, std::string &out) {
      bool marked = text.starts_with(' ') || text.starts_with(mark);
      if (!marked && (scheme == "always" || (scheme == "first" && atStart)))
        out += mark;
      for (char c : text)
        c == ' ' ? out += mark : out += c;
    });
    return Ok{};
  });
  if (*split)
    steps.push_back([find = stringFinder(*replacement)](Pieces &pieces) {
      return splitPieces(pieces, find, SplitBehaviour::MergedWithNext, false);
    });
  return Ok{};
}

Status PreTokenizer::addSplit(const Json &json) {
  auto name = stringMember(json, "behavior", where);
  auto invert = boolMember(json, "invert", false, where);
  if (!name || !invert)
    return name ? invert.error() : name.error();
  auto behaviour = splitBehaviour(*name, where);
  if (!behaviour)
    return behaviour.error();
  const Json *pattern = member(json, "pattern");
  if (!pattern)
    return invalid(std::string(where) + ": Split: 'pattern' is missing");
  Finder find;
  if (member(*pattern, "Regex")) {
    auto source = stringMember(*pattern, "Regex", where);
    if (!source)
      return source.error();
    auto regex = Regex::compile(*source);
    if (!regex)
      return Error{regex.error().kind, std::string(where) + ": " + regex.error().message};
    find = regexFinder(*regex);
  } else {
    auto needle = stringMember(*pattern, "String", where);
    if (!needle)
      return needle.error();
    if (needle->empty())
      return unsupported(std::string(where) + ": Split with an empty pattern");
    find = stringFinder(*needle);
  }
  steps.push_back([find, behaviour = *behaviour, invert = *invert](Pieces &pieces) {
    return splitPieces(pieces, find, behaviour, invert);
  });
  return Ok{};
}

Status PreTokenizer::addSteps(const Json &json, int depth) {
  if (json.is_null())
    return Ok{};
  if (depth > 8 || steps.size() > 64)
    return limitExceeded(std::string(where) + ": too many nested components");
  auto type = componentType(json, where);
  if (!type)
    return type.error();
  auto addFinder = [this](Finder find, SplitBehaviour behaviour, bool invert = false) {
    steps.push_back([find = std::move(find), behaviour, invert](Pieces &pieces) {
      return splitPieces(pieces, find, behaviour, invert);
    });
  };
  if (*type == "ByteLevel")
    return addByteLevel(json);
  if (*type == "Metaspace")
    return addMetaspace(json);
  if (*type == "Split")
    return addSplit(json);
  if (*type == "Digits") {
    auto individual = boolMember(json, "individual_digits", false, where);
    if (!individual)
      return individual.error();
    addFinder(findCharacters(isNumeric), *individual ? SplitBehaviour::Isolated : SplitBehaviour::Contiguous);
  } else if (*type == "Punctuation") {
    SplitBehaviour behaviour = SplitBehaviour::Isolated;
    if (member(json, "behavior")) {
      auto name = stringMember(json, "behavior", where);
      if (!name)
        return name.error();
      auto given = splitBehaviour(*name, where);
      if (!given)
        return given.error();
      behaviour = *given;
    }
    addFinder(findCharacters(isPunctuation), behaviour);
  } else if (*type == "WhitespaceSplit") {
    addFinder(findCharacters(isWhitespace), SplitBehaviour::Removed);
  } else if (*type == "Whitespace") {
    auto regex = Regex::compile(R"(\w+|[^\w\s]+)");
    if (!regex)
      return regex.error();
    addFinder(regexFinder(*regex), SplitBehaviour::Removed, true);
  } else if (*type == "Sequence") {
    return forEachMember(json, "pretokenizers", where,
                         [&](const Json &element) { return addSteps(element, depth + 1); });
  } else {
    return unsupported(std::string(where) + ": type " + inQuotes(*type) + " is not supported");
  }
  return Ok{};
}

Result<PreTokenizer> PreTokenizer::create(const Json &json) {
  PreTokenizer preTokenizer;
  if (Status status = preTokenizer.addSteps(json, 0); !status)
    return status.error();
  return preTokenizer;
}

Status PreTokenizer::apply(Pieces &pieces) const {
  for (const Step &step : steps) {
    if (Status status = step(pieces); !status)
      return status;
    if (pieces.text.size() > Normalizer::maxNormalized)
      return limitExceeded("text grew larger than 1 GiB while it was split");
  }
  return Ok{};
}

} // namespace braid::text
