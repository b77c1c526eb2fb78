// SPDX-License-Identifier: Apache-2.0
/// \file
/// A compiled regular expression: Oniguruma's syntax, as tokenizer.json uses it, run by PCRE2 with its JIT.
#pragma once

#include "text/Result.h"

#include <memory>
#include <string_view>
#include <vector>

namespace braid::text {

/// A part of a text, in bytes; `match` tells a delimiter from what lies between delimiters.
struct Span {
  size_t begin, end;
  bool match;
};

/// Rewrites Oniguruma syntax to PCRE2's where the two differ: \s, \d, \w, \h, and categories newer than PCRE2's tables.
std::string translatePattern(std::string_view pattern);

class Regex {
public:
  /// Compiles a pattern. Limit if longer than 16 KiB, Invalid with PCRE2's own message otherwise.
  static Result<Regex> compile(std::string_view pattern);

  /// Appends spans that cover `text` (valid UTF-8) without gaps, matches and what lies between.
  /// Work is bounded: a pattern that backtracks too much is a Limit error.
  Status split(std::string_view text, std::vector<Span> &spans) const;

private:
  struct Code;
  explicit Regex(std::shared_ptr<const Code> code) : code(std::move(code)) {}
  std::shared_ptr<const Code> code;
};

} // namespace braid::text
