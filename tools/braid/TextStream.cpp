// SPDX-License-Identifier: Apache-2.0
/// \file
/// Text on standard output as it is generated.
#include "text/StreamDecoder.h"
#include "tools/braid/Run.h"

#include "llvm/Support/raw_ostream.h"

namespace braid::tools {

struct TextStream::State {
  text::StreamDecoder decoder;
  std::string all;

  void print(const std::string &text) {
    all += text;
    llvm::outs() << text;
    llvm::outs().flush();
  }
};

TextStream::TextStream(const text::Tokenizer &tokenizer) : state(new State{text::StreamDecoder(tokenizer), {}}) {}
TextStream::~TextStream() = default;

void TextStream::add(int32_t token) { state->print(state->decoder.next(uint32_t(token))); }

std::string TextStream::finish() {
  state->print(state->decoder.flush());
  return std::move(state->all);
}

} // namespace braid::tools
