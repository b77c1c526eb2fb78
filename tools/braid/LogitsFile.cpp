// SPDX-License-Identifier: Apache-2.0
/// \file
/// Writes logits files.
#include "tools/braid/LogitsFile.h"

#include "compiler/OutputFile.h"
#include "tools/braid/CommandLine.h"

#include "llvm/Support/FormatVariadic.h"

#include <cstring>

namespace braid::tools {

/// The head of the file: its length, then JSON that spaces fill up to a multiple of 8 bytes.
static std::string headOf(int64_t rows, int64_t columns) {
  std::string json = llvm::formatv("{{\"logits\":{{\"dtype\":\"F32\",\"shape\":[{0},{1}],\"data_offsets\":[0,{2}]}}",
                                   rows, columns, rows * columns * int64_t(sizeof(float)));
  json.resize((json.size() + 7) / 8 * 8, ' ');
  uint64_t length = json.size();
  std::string head(sizeof length, '\0');
  for (size_t i = 0; i < head.size(); ++i)
    head[i] = char(length >> 8 * i);
  return head + json;
}

llvm::Error writeLogits(const Model &model, Session &session, llvm::ArrayRef<int32_t> tokens,
                        llvm::ArrayRef<int64_t> pieces, llvm::StringRef path) {
  const int64_t vocab = model.info.vocab, count = int64_t(tokens.size());
  if (count > session.capacity())
    return makeError(llvm::Twine(count) + " tokens, but the session has room for " + llvm::Twine(session.capacity()) +
                     " (-c)");
  for (auto [i, token] : llvm::enumerate(tokens)) // before a large file is made
    if (token < 0 || token >= vocab)
      return makeError("token " + llvm::Twine(i) + ": expected an id below " + llvm::Twine(vocab) + ", got " +
                       llvm::Twine(token));
  std::string head = headOf(count, vocab);
  llvm::Expected<std::unique_ptr<OutputFile>> file =
      OutputFile::map(path, int64_t(head.size()) + count * vocab * int64_t(sizeof(float)));
  if (!file)
    return file.takeError();
  std::memcpy((*file)->data(), head.data(), head.size());
  auto *out = reinterpret_cast<float *>((*file)->data() + head.size()); // 8-byte aligned
  for (int64_t piece : pieces) {
    if (llvm::Error error = session.prefill(tokens.take_front(piece), out, piece))
      return error;
    tokens = tokens.drop_front(piece);
    out += piece * vocab;
  }
  return (*file)->commit();
}

} // namespace braid::tools
