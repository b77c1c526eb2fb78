// SPDX-License-Identifier: Apache-2.0
/// \file
/// Text of tokens as they are generated, never with a broken character.
#pragma once

#include "text/Decoder.h"
#include "text/Tokenizer.h"

namespace braid::text {

class StreamDecoder {
public:
  explicit StreamDecoder(const Tokenizer &tokenizer, bool skipSpecialTokens = true);

  /// The text that this token settles, valid UTF-8, often empty while a character is incomplete.
  std::string next(uint32_t id);

  /// The end: what is still held back, U+FFFD for an incomplete character. The decoder starts anew.
  std::string flush();

private:
  std::shared_ptr<Tokenizer::Parts> parts;
  bool skipSpecial;
  DecodeRun run;
};

} // namespace braid::text
