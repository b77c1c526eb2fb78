// SPDX-License-Identifier: Apache-2.0
/// \file
/// The "pre_tokenizer" of tokenizer.json: cuts text into the pieces that the model tokenizes one by one.
#pragma once

#include "text/Json.h"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace braid::text {

/// Pieces of one buffer, in order. A piece that is an added token already is left alone.
struct Pieces {
  struct Piece {
    size_t begin, end;
    int64_t id;   // the added token's, or -1
    bool atStart; // begins where the whole input begins
  };
  std::string text;
  std::vector<Piece> list;

  std::string_view of(const Piece &piece) const {
    return std::string_view(text).substr(piece.begin, piece.end - piece.begin);
  }
};

class PreTokenizer {
public:
  /// From its JSON (null means none). Unsupported names an unknown type.
  static Result<PreTokenizer> create(const Json &json);

  /// Splits and rewrites the pieces that are not added tokens.
  Status apply(Pieces &pieces) const;

private:
  using Step = std::function<Status(Pieces &)>;
  Status addSteps(const Json &json, int depth);
  Status addByteLevel(const Json &json);
  Status addMetaspace(const Json &json);
  Status addSplit(const Json &json);
  std::vector<Step> steps;
};

/// The printable stand-in for each byte, as UTF-8, that byte-level vocabularies are written in.
const std::string &byteSymbol(unsigned char byte);
/// The byte that a code point stands for, or -1.
int symbolByte(uint32_t codepoint);

} // namespace braid::text
