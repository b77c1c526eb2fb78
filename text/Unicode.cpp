// SPDX-License-Identifier: Apache-2.0
/// \file
/// UTF-8 by hand, properties and normal forms by utf8proc.
#include "text/Unicode.h"

#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <utf8proc.h>
#include <vector>

namespace braid::text {

uint32_t nextCodepoint(std::string_view text, size_t &at) {
  unsigned char lead = text[at++];
  if (lead < 0x80)
    return lead;
  int rest = lead < 0xE0 ? 1 : lead < 0xF0 ? 2 : 3;
  uint32_t codepoint = lead & (0x3F >> rest);
  while (rest-- && at < text.size())
    codepoint = codepoint << 6 | (text[at++] & 0x3F);
  return codepoint;
}

void appendUtf8(std::string &out, uint32_t c) {
  if (c < 0x80) {
    out += char(c);
  } else if (c < 0x800) {
    out += {char(0xC0 | c >> 6), char(0x80 | (c & 63))};
  } else if (c < 0x10000) {
    out += {char(0xE0 | c >> 12), char(0x80 | (c >> 6 & 63)), char(0x80 | (c & 63))};
  } else {
    out += {char(0xF0 | c >> 18), char(0x80 | (c >> 12 & 63)), char(0x80 | (c >> 6 & 63)), char(0x80 | (c & 63))};
  }
}

namespace {

struct Sequence {
  size_t length;   // bytes that belong together
  bool valid;      // a whole well-formed sequence
  bool incomplete; // well-formed so far, and the text ended
};

/// Looks at the sequence at text[at]; an ill-formed one has the length of its maximal valid start.
Sequence sequenceAt(std::string_view text, size_t at) {
  unsigned char lead = text[at];
  if (lead < 0x80)
    return {1, true, false};
  if (lead < 0xC2 || lead > 0xF4)
    return {1, false, false};
  size_t need = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  unsigned char low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
  unsigned char high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
  for (size_t i = 1; i < need; ++i) {
    if (at + i >= text.size())
      return {i, false, true};
    unsigned char byte = text[at + i];
    if (byte < low || byte > high)
      return {i, false, false};
    low = 0x80, high = 0xBF;
  }
  return {need, true, false};
}

} // namespace

bool isValidUtf8(std::string_view text) {
  for (size_t at = 0; at < text.size();) {
    Sequence s = sequenceAt(text, at);
    if (!s.valid)
      return false;
    at += s.length;
  }
  return true;
}

size_t completePrefix(std::string_view bytes) {
  size_t start = bytes.size() < 3 ? 0 : bytes.size() - 3;
  for (size_t at = start; at < bytes.size(); ++at) {
    if ((bytes[at] & 0xC0) == 0x80)
      continue;
    if (sequenceAt(bytes, at).incomplete)
      return at;
  }
  return bytes.size();
}

std::string sanitizeUtf8(std::string_view bytes) {
  std::string out;
  out.reserve(bytes.size());
  for (size_t at = 0; at < bytes.size();) {
    Sequence s = sequenceAt(bytes, at);
    if (s.valid)
      out.append(bytes, at, s.length);
    else
      out += "\xEF\xBF\xBD";
    at += s.length;
  }
  return out;
}

bool isWhitespace(uint32_t c) {
  return (c >= 9 && c <= 13) || c == 32 || c == 0x85 || c == 0xA0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200A) ||
         c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F || c == 0x3000;
}

bool isNumeric(uint32_t c) {
  if (c < 0x80)
    return c >= '0' && c <= '9';
  utf8proc_category_t k = utf8proc_category(c);
  if (k == UTF8PROC_CATEGORY_ND || k == UTF8PROC_CATEGORY_NL || k == UTF8PROC_CATEGORY_NO)
    return true;
  // Digits that came with Unicode 16, after utf8proc 2.8.
  static const struct {
    uint32_t first, last;
  } recent[] = {{0x10D40, 0x10D49}, {0x116D0, 0x116E3}, {0x11BF0, 0x11BF9},
                {0x16D70, 0x16D79}, {0x1CCF0, 0x1CCF9}, {0x1E5F1, 0x1E5FA}};
  for (auto range : recent)
    if (c >= range.first && c <= range.last)
      return true;
  return false;
}

bool isPunctuation(uint32_t c) {
  if (c < 0x80)
    return c > 32 && c < 127 && !((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'));
  utf8proc_category_t k = utf8proc_category(c);
  return k >= UTF8PROC_CATEGORY_PC && k <= UTF8PROC_CATEGORY_PO;
}

bool isWord(uint32_t c) {
  if (c < 0x80)
    return c == '_' || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
  utf8proc_category_t k = utf8proc_category(c);
  return (k >= UTF8PROC_CATEGORY_LU && k <= UTF8PROC_CATEGORY_NL) || k == UTF8PROC_CATEGORY_PC || c == 0x200C ||
         c == 0x200D || (c >= 0x24B6 && c <= 0x24E9) || (c >= 0x1F130 && c <= 0x1F149) ||
         (c >= 0x1F150 && c <= 0x1F169) || (c >= 0x1F170 && c <= 0x1F189);
}

namespace {

/// Code points with a combining class or decomposition that came after Unicode 9. The library that tokenizers were
/// trained with normalises by Unicode 9 and leaves them where they stand, so they must not be reordered here.
const struct {
  uint32_t first, last;
} laterThanUnicode9[] = {
    {0x7FD, 0x7FD},     {0x898, 0x89F},     {0x8CA, 0x8D3},     {0x9FE, 0x9FE},     {0xC3C, 0xC3C},
    {0xD3B, 0xD3C},     {0xEBA, 0xEBA},     {0x1715, 0x1715},   {0x1ABF, 0x1ACE},   {0x1DF6, 0x1DFA},
    {0x32FF, 0x32FF},   {0xA7F2, 0xA7F4},   {0xA82C, 0xA82C},   {0xAB69, 0xAB69},   {0x10781, 0x10785},
    {0x10787, 0x107B0}, {0x107B2, 0x107BA}, {0x10D24, 0x10D27}, {0x10EAB, 0x10EAC}, {0x10EFD, 0x10EFF},
    {0x10F46, 0x10F50}, {0x10F82, 0x10F85}, {0x11070, 0x11070}, {0x1133B, 0x1133B}, {0x1145E, 0x1145E},
    {0x11839, 0x1183A}, {0x11930, 0x11930}, {0x11938, 0x11938}, {0x1193D, 0x1193E}, {0x11943, 0x11943},
    {0x119E0, 0x119E0}, {0x11A34, 0x11A34}, {0x11A47, 0x11A47}, {0x11A99, 0x11A99}, {0x11D42, 0x11D42},
    {0x11D44, 0x11D45}, {0x11D97, 0x11D97}, {0x11F41, 0x11F42}, {0x16FF0, 0x16FF1}, {0x1E030, 0x1E06D},
    {0x1E08F, 0x1E08F}, {0x1E130, 0x1E136}, {0x1E2AE, 0x1E2AE}, {0x1E2EC, 0x1E2EF}, {0x1E4EC, 0x1E4EF},
    {0x1F16C, 0x1F16C}, {0x1FBF0, 0x1FBF9},
};

bool isInert(uint32_t c) {
  if (c < laterThanUnicode9[0].first)
    return false;
  auto end = std::end(laterThanUnicode9);
  auto range = std::lower_bound(std::begin(laterThanUnicode9), end, c,
                                [](const auto &r, uint32_t value) { return r.last < value; });
  return range != end && range->first <= c;
}

/// Normalises text without inert code points. Sorts marks itself: utf8proc takes quadratic time on long runs of them.
void appendNormalized(std::string &out, std::string_view text, NormalForm form) {
  bool compose = form == NormalForm::NFC || form == NormalForm::NFKC;
  bool compatible = form == NormalForm::NFKC || form == NormalForm::NFKD;
  auto options =
      static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_DECOMPOSE | (compatible ? UTF8PROC_COMPAT : 0));
  std::vector<utf8proc_int32_t> points;
  points.reserve(text.size() + 1);
  for (size_t at = 0; at < text.size();) {
    utf8proc_int32_t one[32]; // the longest decomposition has 18
    int boundary = 0;
    utf8proc_ssize_t count = utf8proc_decompose_char(nextCodepoint(text, at), one, 32, options, &boundary);
    points.insert(points.end(), one, one + std::clamp<utf8proc_ssize_t>(count, 0, 32));
  }
  std::vector<uint64_t> keys;
  auto markClass = [](utf8proc_int32_t c) { return utf8proc_get_property(c)->combining_class; };
  for (auto at = points.begin(); at != points.end();) {
    auto end = std::find_if(at, points.end(), [&](auto c) { return markClass(c) == 0; });
    if (end - at > 1) {
      keys.clear(); // class, then place, then the code point itself
      for (auto i = at; i != end; ++i)
        keys.push_back(uint64_t(markClass(*i)) << 56 | uint64_t(i - at) << 21 | uint64_t(*i));
      std::sort(keys.begin(), keys.end());
      std::transform(keys.begin(), keys.end(), at, [](uint64_t key) { return key & 0x1FFFFF; });
    }
    at = end == points.end() ? end : end + 1;
  }
  size_t count = points.size();
  if (compose)
    count = utf8proc_normalize_utf32(points.data(), points.size(),
                                     static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE));
  for (size_t i = 0; i < count; ++i)
    appendUtf8(out, points[i]);
}

} // namespace

std::string normalizeUnicode(std::string_view text, NormalForm form) {
  std::string out;
  out.reserve(text.size());
  // Plain ASCII goes through as it is; the last of it may yet combine with what follows.
  size_t ascii = 0;
  while (ascii < text.size() && static_cast<unsigned char>(text[ascii]) < 0x80)
    ++ascii;
  if (ascii == text.size())
    return std::string(text);
  size_t done = ascii ? ascii - 1 : 0;
  out.append(text, 0, done);
  for (size_t at = done; at < text.size();) {
    size_t begin = at;
    if (!isInert(nextCodepoint(text, at)))
      continue;
    if (done < begin)
      appendNormalized(out, text.substr(done, begin - done), form);
    out.append(text, begin, at - begin);
    done = at;
  }
  if (done < text.size())
    appendNormalized(out, text.substr(done), form);
  return out;
}

std::string lowerUnicode(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (size_t at = 0; at < text.size();) {
    uint32_t c = nextCodepoint(text, at);
    if (c < 0x80)
      out += c >= 'A' && c <= 'Z' ? char(c + 32) : char(c);
    else if (c == 0x130)
      out += "i\xCC\x87"; // the only character whose full lower case is longer than one
    else
      appendUtf8(out, utf8proc_tolower(c));
  }
  return out;
}

bool isLetter(uint32_t c) {
  utf8proc_category_t k = utf8proc_category(utf8proc_int32_t(c));
  return k >= UTF8PROC_CATEGORY_LU && k <= UTF8PROC_CATEGORY_LO;
}

std::string upperUnicode(std::string_view text) {
  std::string out;
  for (size_t at = 0; at < text.size();) {
    uint32_t c = nextCodepoint(text, at);
    if (c == 0xDF)
      out += "SS";
    else
      appendUtf8(out, c < 0x80 ? (c >= 'a' && c <= 'z' ? c - 32 : c) : uint32_t(utf8proc_toupper(utf8proc_int32_t(c))));
  }
  return out;
}

} // namespace braid::text
