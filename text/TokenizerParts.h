// SPDX-License-Identifier: Apache-2.0
/// \file
/// What a loaded tokenizer is made of.
#pragma once

#include "text/AddedTokens.h"
#include "text/Bpe.h"
#include "text/Decoder.h"
#include "text/Normalizer.h"
#include "text/PostProcessor.h"
#include "text/PreTokenizer.h"
#include "text/Tokenizer.h"

#include <mutex>
#include <unordered_map>

namespace braid::text {

struct Tokenizer::Parts {
  Bpe model;
  Normalizer normalizer;
  PreTokenizer preTokenizer;
  PostProcessor postProcessor;
  Decoder decoder;

  std::vector<AddedToken> added;
  std::unordered_map<uint32_t, int32_t> addedById;
  std::vector<std::string> addedDecoded; // what the decoder gets: the normalised form where there is one
  TokenMatcher rawMatcher, normalizedMatcher;

  // One cache for all; an encoder that finds it taken works without.
  std::mutex scratchMutex;
  Bpe::Scratch scratch;

  /// Reads "added_tokens" once model and normalizer are there.
  Status addTokens(const Json &list);
  /// Splits `text` into added tokens and normalised pieces of other text.
  Status cut(std::string_view text, bool skipSpecial, Pieces &pieces) const;
  Status tokenize(const Pieces &pieces, Bpe::Scratch &scratch, std::vector<uint32_t> &ids) const;
  /// The text that decoding starts from; false if the id has no token or is to be skipped.
  bool decodeText(uint32_t id, bool skipSpecial, std::string_view &text) const;
};

} // namespace braid::text
