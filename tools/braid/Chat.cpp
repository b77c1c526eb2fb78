// SPDX-License-Identifier: Apache-2.0
/// \file
/// `braid run -i`: a conversation.
#include "tools/braid/CommandLine.h"
#include "tools/braid/Interrupt.h"
#include "tools/braid/Run.h"

#include "llvm/Support/raw_ostream.h"

#include <cerrno>
#include <cstdio>
#include <unistd.h>

namespace braid::tools {

constexpr size_t maxLine = 16 << 20;

/// One line without its end; nothing at the end of input or after Ctrl-C.
static std::optional<std::string> readLine() {
  std::string line;
  for (int c; (c = std::getc(stdin)) != EOF && line.size() < maxLine;) {
    if (c == '\n')
      return line;
    line += char(c);
  }
  std::clearerr(stdin); // an interrupted read leaves the error set
  if (InterruptGuard::take() || line.empty())
    return std::nullopt;
  return line;
}

namespace {
struct Conversation {
  const Dialogue &dialogue;
  const ChatOptions &options;
  text::Json messages = text::Json::array();
  std::string raw; // where there is no template: all text so far

  void reset() {
    messages = text::Json::array();
    raw = options.system;
    if (!options.system.empty())
      messages.push_back(message("system", options.system));
  }
  llvm::Expected<std::vector<int32_t>> ask(const std::string &text) {
    if (!dialogue.hasTemplate())
      return dialogue.prompt(llvm::StringRef(raw += text));
    messages.push_back(message("user", text));
    return dialogue.prompt(messages);
  }
  void answered(const std::string &text) {
    raw += text;
    messages.push_back(message("assistant", text));
  }
};
} // namespace

llvm::Error chat(const Dialogue &dialogue, Session &session, Generator &generator, const ChatOptions &options) {
  InterruptGuard guard;
  const bool isTerminal = isatty(0) && isatty(1);
  if (isTerminal)
    llvm::errs() << "Ctrl-C stops an answer, Ctrl-D ends; /reset forgets the conversation.\n";
  Conversation conversation{dialogue, options, {}, {}};
  conversation.reset();
  std::optional<std::string> line;
  if (!options.first.empty())
    line = options.first;
  while (true) {
    if (!line) {
      if (isTerminal)
        llvm::outs() << "> ";
      llvm::outs().flush();
      line = readLine();
    }
    if (!line || *line == "/exit") {
      if (isTerminal)
        llvm::outs() << "\n";
      return llvm::Error::success();
    }
    std::string text = std::move(*line);
    line.reset();
    if (text == "/reset")
      conversation.reset();
    if (text.empty() || text == "/reset")
      continue;
    llvm::Expected<std::vector<int32_t>> prompt = conversation.ask(text);
    if (!prompt)
      return prompt.takeError();
    TextStream stream(dialogue.tokenizer());
    llvm::Expected<Generation> result = generator.run(
        session, *prompt, options.limit, [&](int32_t token) { return dialogue.endsText(token); },
        [&](int32_t token) { stream.add(token); });
    if (!result)
      return result.takeError();
    InterruptGuard::take();
    conversation.answered(stream.finish());
    llvm::outs() << "\n";
    llvm::outs().flush();
    if (options.printTimings)
      llvm::errs() << "[" << result->timings() << "]\n";
    if (result->stop == StopReason::Full)
      return makeError("the conversation fills the session's " + llvm::Twine(session.capacity()) + " positions (-c)");
  }
}

} // namespace braid::tools
