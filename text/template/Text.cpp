// SPDX-License-Identifier: Apache-2.0
/// \file
/// Splitting, stripping and replacing.
#include "text/template/Text.h"
#include "text/Unicode.h"

#include <algorithm>

namespace braid::text::jinja {
namespace {

/// What Python calls white space: also the separators U+001C to U+001F.
bool isSpace(uint32_t c) { return isWhitespace(c) || (c >= 0x1C && c <= 0x1F); }

} // namespace

Value textList(Texts texts) {
  List out;
  for (std::string &text : texts)
    out.emplace_back(std::move(text));
  return Value::list(std::move(out));
}

std::string stripText(const std::string &s, const std::string *chars, bool left, bool right) {
  std::vector<uint32_t> set;
  for (size_t at = 0; chars && at < chars->size();)
    set.push_back(nextCodepoint(*chars, at));
  auto cut = [&](uint32_t c) { return chars ? std::find(set.begin(), set.end(), c) != set.end() : isSpace(c); };
  size_t begin = 0, end = s.size();
  while (left && begin < end) {
    size_t at = begin;
    if (!cut(nextCodepoint(s, at)))
      break;
    begin = at;
  }
  while (right && end > begin) {
    size_t start = end - 1;
    while (start > begin && (s[start] & 0xC0) == 0x80)
      --start;
    size_t at = start;
    if (!cut(nextCodepoint(s, at)))
      break;
    end = start;
  }
  return s.substr(begin, end - begin);
}

Texts splitText(const std::string &s, const std::string &separator, int64_t most, bool fromRight) {
  Texts out;
  if (fromRight) {
    size_t end = s.size();
    while (most != 0 && end >= separator.size()) {
      size_t hit = s.rfind(separator, end - separator.size());
      if (hit == std::string::npos)
        break;
      out.push_back(s.substr(hit + separator.size(), end - hit - separator.size()));
      end = hit;
      most -= most > 0;
    }
    out.push_back(s.substr(0, end));
    std::reverse(out.begin(), out.end());
    return out;
  }
  size_t at = 0;
  for (size_t hit; most != 0 && (hit = s.find(separator, at)) != std::string::npos; most -= most > 0) {
    out.push_back(s.substr(at, hit - at));
    at = hit + separator.size();
  }
  out.push_back(s.substr(at));
  return out;
}

Texts splitWhitespace(const std::string &s, int64_t most, bool fromRight) {
  std::vector<std::pair<size_t, size_t>> words;
  size_t begin = std::string::npos;
  for (size_t at = 0; at < s.size();) {
    size_t start = at;
    bool space = isSpace(nextCodepoint(s, at));
    if (space && begin != std::string::npos) {
      words.push_back({begin, start});
      begin = std::string::npos;
    } else if (!space && begin == std::string::npos) {
      begin = start;
    }
  }
  if (begin != std::string::npos)
    words.push_back({begin, s.size()});
  Texts out;
  size_t count = words.size();
  if (most >= 0 && count > size_t(most) + 1) { // the rest stays in one piece
    if (fromRight) {
      size_t first = count - size_t(most) - 1;
      words[first].first = 0;
      words.erase(words.begin(), words.begin() + first);
      out.push_back(stripText(s.substr(0, words[0].second), nullptr, false, true));
      words.erase(words.begin());
    } else {
      words[size_t(most)].second = s.size();
      words.resize(size_t(most) + 1);
    }
  }
  for (auto [from, to] : words)
    out.push_back(s.substr(from, to - from));
  return out;
}

Texts splitLines(const std::string &s) {
  Texts out;
  size_t begin = 0;
  for (size_t at = 0; at < s.size();) {
    size_t start = at;
    uint32_t c = nextCodepoint(s, at);
    if (!(c == '\n' || c == '\r' || c == 11 || c == 12 || (c >= 0x1C && c <= 0x1E) || c == 0x85 || c == 0x2028 ||
          c == 0x2029))
      continue;
    out.push_back(s.substr(begin, start - begin));
    if (c == '\r' && at < s.size() && s[at] == '\n')
      ++at;
    begin = at;
  }
  if (begin < s.size())
    out.push_back(s.substr(begin));
  return out;
}

std::string replaceText(Evaluator &evaluator, const std::string &s, const std::string &from, const std::string &to,
                        int64_t most) {
  std::string out;
  auto grow = [&](std::string_view part) {
    out += part;
    if (out.size() > Evaluator::maxOutput)
      evaluator.charge(out.size());
  };
  if (from.empty()) { // between all characters
    for (const std::string &letter : characters(s)) {
      if (most != 0) {
        grow(to);
        most -= most > 0;
      }
      grow(letter);
    }
    if (most != 0)
      grow(to);
    return out;
  }
  size_t at = 0;
  for (size_t hit; most != 0 && (hit = s.find(from, at)) != std::string::npos; most -= most > 0) {
    grow(std::string_view(s).substr(at, hit - at));
    grow(to);
    at = hit + from.size();
  }
  grow(std::string_view(s).substr(at));
  return out;
}

std::string titleText(const std::string &s) {
  std::string out;
  bool inWord = false;
  for (const std::string &letter : characters(s)) {
    size_t at = 0;
    bool cased = isLetter(nextCodepoint(letter, at));
    out += !cased ? letter : inWord ? lowerUnicode(letter) : upperUnicode(letter);
    inWord = cased;
  }
  return out;
}

std::string capitalizeText(const std::string &s) {
  size_t at = 0;
  if (s.empty())
    return s;
  nextCodepoint(s, at);
  return upperUnicode(s.substr(0, at)) + lowerUnicode(s.substr(at));
}

} // namespace braid::text::jinja
