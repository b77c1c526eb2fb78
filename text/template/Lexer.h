// SPDX-License-Identifier: Apache-2.0
/// \file
/// Template source to tokens, with white space control done.
#pragma once

#include "text/template/Value.h"

#include <string>
#include <string_view>
#include <vector>

namespace braid::text::jinja {

enum class TokenKind {
  Text,
  StatementBegin,
  StatementEnd,
  OutputBegin,
  OutputEnd,
  Name,
  Integer,
  Float,
  String,
  Operator,
  End
};

struct Token {
  TokenKind kind;
  std::string text; // of a string: its contents
  int line;
};

/// Tokenizes with trim_blocks and lstrip_blocks on. Throws TemplateError.
std::vector<Token> tokenize(std::string_view source);

} // namespace braid::text::jinja
