// SPDX-License-Identifier: Apache-2.0
/// \file
/// Fuzzes tokenizer.json and text at once: the input is a file, a zero byte, and a text to encode with it.
#include "text/StreamDecoder.h"
#include "text/Unicode.h"

#include <cstdlib>
#include <string>

using namespace braid::text;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  std::string_view input(reinterpret_cast<const char *>(data), size);
  size_t zero = input.find('\0');
  std::string_view text = zero == std::string_view::npos ? std::string_view() : input.substr(zero + 1);
  auto tokenizer = Tokenizer::parse(input.substr(0, zero));
  if (!tokenizer)
    return 0;
  auto ids = tokenizer->encode(text, {true, text.size() % 2 == 0});
  if (!ids)
    return 0;
  if (!isValidUtf8(tokenizer->decode(*ids)))
    std::abort();
  StreamDecoder stream(*tokenizer, false);
  for (uint32_t id : *ids)
    if (!isValidUtf8(stream.next(id)))
      std::abort();
  if (!isValidUtf8(stream.flush()))
    std::abort();
  return 0;
}
