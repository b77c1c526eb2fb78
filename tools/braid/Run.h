// SPDX-License-Identifier: Apache-2.0
/// \file
/// What `braid run` and its chat share.
#pragma once

#include "tools/braid/Dialogue.h"
#include "tools/braid/Generate.h"

namespace braid::tools {

/// Text goes to standard output as it comes, whole characters only.
class TextStream {
public:
  explicit TextStream(const text::Tokenizer &tokenizer);
  ~TextStream();
  void add(int32_t token);
  /// Prints what is held back, and gives the whole text.
  std::string finish();

private:
  struct State;
  std::unique_ptr<State> state;
};

struct ChatOptions {
  std::string system, first; ///< system message; the user's first message, empty: it is read
  int64_t limit = -1;        ///< tokens of an answer
  bool printTimings = false;
};

/// Reads messages from standard input and answers them until its end, "/exit" or Ctrl-C at the prompt. "/reset" forgets
/// the conversation.
llvm::Error chat(const Dialogue &dialogue, Session &session, Generator &generator, const ChatOptions &options);

} // namespace braid::tools
