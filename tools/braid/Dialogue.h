// SPDX-License-Identifier: Apache-2.0
/// \file
/// The text side of an artifact: its tokenizer, its chat template, and the tokens that end an answer.
#pragma once

#include "text/ChatTemplate.h"
#include "text/Tokenizer.h"
#include "tools/braid/Artifact.h"

namespace braid::tools {

class Dialogue {
public:
  /// Reads tokenizer.json and tokenizer_config.json of the artifact. With `isRaw` the chat template is left alone.
  static llvm::Expected<Dialogue> load(const Artifact &artifact, bool isRaw);

  bool hasTemplate() const { return chat.has_value(); }
  const text::Tokenizer &tokenizer() const { return *tokens; }
  bool endsText(int32_t id) const { return llvm::is_contained(ends, id); }

  /// The prompt for the next answer: the messages in the chat template, or where there is none, `raw` with the
  /// tokenizer's own special tokens.
  llvm::Expected<std::vector<int32_t>> prompt(const text::Json &messages) const;
  llvm::Expected<std::vector<int32_t>> prompt(llvm::StringRef raw) const;

private:
  Dialogue() = default;
  llvm::Expected<std::vector<int32_t>> encode(llvm::StringRef text, bool addSpecialTokens) const;

  std::optional<text::Tokenizer> tokens;
  std::optional<text::ChatTemplate> chat;
  std::vector<int32_t> ends;
  int64_t vocab = 0;
};

/// {"role": role, "content": content}.
text::Json message(llvm::StringRef role, llvm::StringRef content);

} // namespace braid::tools
