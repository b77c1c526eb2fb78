// SPDX-License-Identifier: Apache-2.0
/// \file
/// A trie over bytes, and the rules by which a match may be refused or widened.
#include "text/AddedTokens.h"
#include "text/Unicode.h"

#include <algorithm>

namespace braid::text {

Status TokenMatcher::add(std::string_view pattern, int32_t index) {
  if (pattern.size() > maxContent)
    return limitExceeded("added token " + inQuotes(std::string(pattern)) + ": expected at most " +
                         std::to_string(maxContent) + " bytes, got " + std::to_string(pattern.size()));
  if (pattern.empty())
    return invalid("added token is empty after normalisation");
  if (nodes.empty())
    nodes.emplace_back();
  if (nodes.size() + pattern.size() > 1u << 24)
    return limitExceeded("added tokens hold more than 16777216 bytes");
  uint32_t node = 0;
  for (unsigned char byte : pattern) {
    auto [edge, fresh] = edges.try_emplace(uint64_t(node) << 8 | byte, uint32_t(nodes.size()));
    if (fresh)
      nodes.emplace_back();
    node = edge->second;
  }
  if (nodes[node].token >= 0)
    return invalid("duplicate added token " + inQuotes(std::string(pattern)));
  nodes[node].token = index;
  starts[static_cast<unsigned char>(pattern[0])] = true;
  return Ok{};
}

int32_t TokenMatcher::longestAt(std::string_view text, size_t at, size_t &end) const {
  int32_t found = -1;
  uint32_t node = 0;
  while (at < text.size()) {
    auto edge = edges.find(uint64_t(node) << 8 | static_cast<unsigned char>(text[at]));
    if (edge == edges.end())
      break;
    node = edge->second;
    ++at;
    if (nodes[node].token >= 0) {
      found = nodes[node].token;
      end = at;
    }
  }
  return found;
}

namespace {

/// The code point that ends just before text[at]; `at` moves to its start.
uint32_t previousCodepoint(std::string_view text, size_t &at) {
  while (--at > 0 && (text[at] & 0xC0) == 0x80)
    ;
  size_t i = at;
  return nextCodepoint(text, i);
}

bool touchesWord(std::string_view text, size_t begin, size_t end) {
  size_t at = begin;
  if (begin > 0 && isWord(previousCodepoint(text, at)))
    return true;
  at = end;
  return end < text.size() && isWord(nextCodepoint(text, at));
}

size_t skipSpaceLeft(std::string_view text, size_t at, size_t floor) {
  while (at > floor) {
    size_t before = at;
    if (!isWhitespace(previousCodepoint(text, before)))
      break;
    at = before;
  }
  return std::max(at, floor);
}

size_t skipSpaceRight(std::string_view text, size_t at) {
  while (at < text.size()) {
    size_t behind = at;
    if (!isWhitespace(nextCodepoint(text, behind)))
      break;
    at = behind;
  }
  return at;
}

} // namespace

void TokenMatcher::split(std::string_view text, const std::vector<AddedToken> &tokens, bool skipSpecial,
                         std::vector<TokenSpan> &spans) const {
  size_t done = 0;
  for (size_t at = 0; !empty() && at < text.size();) {
    size_t end = 0;
    int32_t index = starts[static_cast<unsigned char>(text[at])] ? longestAt(text, at, end) : -1;
    if (index < 0) {
      ++at;
      continue;
    }
    const AddedToken &token = tokens[index];
    size_t begin = at;
    at = end; // a refused match still uses up its text
    if (skipSpecial && token.special)
      continue;
    if (token.singleWord && touchesWord(text, begin, end))
      continue;
    if (token.lstrip)
      begin = skipSpaceLeft(text, begin, std::min(done, begin));
    if (token.lstrip)
      begin = std::max(begin, done);
    if (token.rstrip)
      end = skipSpaceRight(text, end);
    if (done < begin)
      spans.push_back({done, begin, -1});
    spans.push_back({begin, std::max(begin, end), index});
    done = end;
  }
  if (done < text.size())
    spans.push_back({done, text.size(), -1});
}

} // namespace braid::text
