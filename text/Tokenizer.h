// SPDX-License-Identifier: Apache-2.0
/// \file
/// Text to token ids and back, exactly as Hugging Face tokenizers do it, from a tokenizer.json.
#pragma once

#include "text/Result.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace braid::text {

struct EncodeOptions {
  /// Put the tokens of the post-processor (such as a BOS) around the text. Off for rendered chat templates.
  bool addSpecialTokens = true;
  /// Read special tokens that appear in the text as those tokens. Off for text that is not trusted.
  bool parseSpecialTokens = true;
};

/// Immutable after loading; may be used from several threads at once.
class Tokenizer {
public:
  /// Reads tokenizer.json. Errors name the field or component at fault.
  static Result<Tokenizer> load(const std::string &path);
  /// The same from memory; `name` stands for the file in errors.
  static Result<Tokenizer> parse(std::string_view json, const std::string &name = "tokenizer.json");

  /// Ids of `text`. Ill-formed UTF-8 is read as U+FFFD. Linear in the text for all common pre-tokenizers;
  /// Limit if the text is larger than 256 MiB or a pre-tokenizer's regex backtracks without end.
  Result<std::vector<uint32_t>> encode(std::string_view text, EncodeOptions options = {}) const;

  /// Text of `ids`, always valid UTF-8. Ids without a token are skipped.
  std::string decode(const std::vector<uint32_t> &ids, bool skipSpecialTokens = false) const;

  /// The id of a token by its exact text, as in the vocabulary.
  std::optional<uint32_t> idOf(std::string_view token) const;
  /// The text of a token as in the vocabulary; empty if there is none.
  std::string_view tokenText(uint32_t id) const;
  bool isSpecial(uint32_t id) const;
  /// One more than the largest id.
  uint32_t idEnd() const;

private:
  friend class StreamDecoder;
  struct Parts;
  explicit Tokenizer(std::shared_ptr<Parts> parts) : parts(std::move(parts)) {}
  std::shared_ptr<Parts> parts;
};

} // namespace braid::text
