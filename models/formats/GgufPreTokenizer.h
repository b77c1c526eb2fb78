// SPDX-License-Identifier: Apache-2.0
/// \file What GGUF's `tokenizer.ggml.pre` names and SentencePiece vocabularies stand for, in terms of Hugging Face tokenizers.
#pragma once

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/JSON.h"
#include <string>

namespace braid::formats {

/// How a vocabulary wants its text cut up. Byte-level BPE unless `pieces` is set.
struct PreTokenizer {
  llvm::ArrayRef<llvm::StringRef> splits = {}; ///< Cut by each of these patterns; none: by GPT-2's, built into ByteLevel.
  bool digits = false;        ///< Cut every digit off first.
  bool nfc = false;           ///< Normalise to NFC first.
  bool ignoreMerges = false;  ///< A piece that is a token as a whole stays one.
  bool addBos = false;        ///< Where the file does not say.
  bool pieces = false;        ///< SentencePiece: spaces are U+2581, unknown characters fall back to byte tokens.
  bool spacePrefix = false;   ///< With `pieces`: text starts with a space that decoding takes away again.

  /// The `normalizer`, `pre_tokenizer` and `decoder` of tokenizer.json.
  void writeNormalizer(llvm::json::OStream &json) const;
  void writePreTokenizer(llvm::json::OStream &json) const;
  void writeDecoder(llvm::json::OStream &json) const;
};

/// The pre-tokenizer of that name; null if it is not known.
const PreTokenizer *findPreTokenizer(llvm::StringRef name);

/// All known names, for a message.
std::string knownPreTokenizers();

} // namespace braid::formats
