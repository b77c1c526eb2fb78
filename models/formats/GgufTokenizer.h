// SPDX-License-Identifier: Apache-2.0
/// \file The tokenizer of a GGUF file, as the JSON texts that a Hugging Face directory would have.
#pragma once

#include "models/formats/GgufMetadata.h"
#include <string>

namespace braid::formats {

/// The texts of a tokenizer. The second may be empty where the first says all.
struct TokenizerFiles {
  std::string tokenizerJson;       ///< tokenizer.json
  std::string tokenizerConfigJson; ///< tokenizer_config.json: special tokens, chat_template
};

/// Translates `tokenizer.ggml.*` of a byte-level BPE ("gpt2") or SentencePiece BPE ("llama") vocabulary. The result
/// encodes as the Hugging Face tokenizer that the file was made from. Tokens of type control and user-defined become added tokens; those of type
/// unused are left out. Errors: another kind of tokenizer, an unknown pre-tokenizer, ids and merges that point
/// outside the vocabulary, arrays of different lengths, text that is not UTF-8.
llvm::Expected<TokenizerFiles> tokenizerFromGguf(const GgufMetadata &metadata);

/// What generation_config.json would say: `bos_token_id`, and `eos_token_id` as the list of the end-of-text and the
/// end-of-turn token.
llvm::Expected<Json> generationConfigFromGguf(const GgufMetadata &metadata);

} // namespace braid::formats
