// SPDX-License-Identifier: Apache-2.0
/// \file The checked vocabulary of a GGUF file.
#pragma once

#include "models/formats/GgufMetadata.h"
#include "llvm/ADT/StringMap.h"
#include <optional>
#include <string>
#include <vector>

namespace braid::formats {

/// What `tokenizer.ggml.token_type` holds.
enum class TokenType : uint8_t { Undefined, Normal, Unknown, Control, UserDefined, Unused, Byte };

struct GgufVocabulary {
  std::vector<llvm::StringRef> tokens; ///< Views into the file.
  std::vector<TokenType> types;        ///< One a token.
  llvm::StringMap<uint32_t> ids;       ///< Of every token that is not unused.
  std::vector<std::pair<llvm::StringRef, llvm::StringRef>> merges;
  std::optional<uint32_t> bos, eos, eot, unknown, padding;
  std::optional<bool> addBos, addEos, addSpacePrefix;

  static constexpr uint64_t maxTokens = 1 << 22;

  /// Reads and checks it: every id and every merge points inside.
  static llvm::Expected<GgufVocabulary> read(const GgufMetadata &metadata);

  /// SentencePiece vocabularies have a score for each piece instead of merges: fills `merges` with all ways to put a
  /// normal piece together from two others, best score first, as the conversion to Hugging Face tokenizers does.
  llvm::Error mergesFromScores(const GgufMetadata &metadata);
};

} // namespace braid::formats
