// SPDX-License-Identifier: Apache-2.0
/// \file
/// Tokens that are cut from the text before the model sees it.
#pragma once

#include "text/Result.h"

#include <cstdint>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace braid::text {

struct AddedToken {
  std::string content;
  uint32_t id = 0;
  bool special = false;    ///< left out of decoded text on request
  bool normalized = false; ///< matched behind the normalizer, in its normalised form
  bool singleWord = false; ///< only where no word character touches it
  bool lstrip = false;     ///< takes the white space before it
  bool rstrip = false;     ///< takes the white space behind it
};

/// A stretch of text: an added token (index into the list given to TokenMatcher) or what lies between (-1).
struct TokenSpan {
  size_t begin, end;
  int32_t token;
};

/// Finds tokens in a text: leftmost first, the longest of those.
class TokenMatcher {
public:
  static constexpr size_t maxContent = 1024;

  /// Adds a pattern for tokens[index]. Its length bounds the work per byte of text: at most maxContent.
  Status add(std::string_view pattern, int32_t index);
  bool empty() const { return nodes.empty(); }

  /// Appends spans that cover `text`; `skipSpecial` matches no special token.
  void split(std::string_view text, const std::vector<AddedToken> &tokens, bool skipSpecial,
             std::vector<TokenSpan> &spans) const;

private:
  /// The longest pattern at text[at]: its index or -1, and its end.
  int32_t longestAt(std::string_view text, size_t at, size_t &end) const;

  struct Node {
    int32_t token = -1;
  };
  std::vector<Node> nodes;                      // a trie; node 0 is its root
  std::unordered_map<uint64_t, uint32_t> edges; // node << 8 | byte -> node
  bool starts[256] = {};
};

} // namespace braid::text
