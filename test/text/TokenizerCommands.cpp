// SPDX-License-Identifier: Apache-2.0
/// \file
/// Commands of text-tool on tokenizers.
#include "test/text/TextTool.h"
#include "text/Json.h"
#include "text/StreamDecoder.h"
#include "text/Unicode.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iostream>

namespace braid::text::tool {
namespace {

double now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

uint64_t fnv(const void *data, size_t size) {
  uint64_t value = 0xCBF29CE484222325ull;
  for (size_t i = 0; i < size; ++i)
    value = (value ^ static_cast<const unsigned char *>(data)[i]) * 0x100000001B3ull;
  return value;
}

/// Lines that are JSON strings.
Result<std::vector<std::string>> readLines(std::istream &in) {
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) {
    auto json = parseJson(line, "line " + std::to_string(lines.size() + 1));
    if (!json)
      return json.error();
    if (!json->is_string())
      return Error{ErrorKind::Invalid, "expected a JSON string"};
    lines.push_back(json->get<std::string>());
  }
  return lines;
}

std::vector<uint32_t> parseIds(const Arguments &arguments, size_t from) {
  std::vector<uint32_t> ids;
  for (size_t i = from; i < arguments.size(); ++i)
    ids.push_back(uint32_t(std::stoul(arguments[i])));
  return ids;
}

std::string streamed(const Tokenizer &tokenizer, const std::vector<uint32_t> &ids, bool &broken) {
  StreamDecoder decoder(tokenizer, false);
  std::string text;
  for (uint32_t id : ids) {
    std::string part = decoder.next(id);
    broken |= !isValidUtf8(part);
    text += part;
  }
  return text + decoder.flush();
}

} // namespace

int fail(const Error &error) {
  static const char *const kinds[] = {"io", "json", "unsupported", "invalid", "limit", "template"};
  std::fprintf(stderr, "error (%s): %s\n", kinds[int(error.kind)], error.message.c_str());
  return 1;
}

int encode(const Arguments &arguments) {
  auto tokenizer = Tokenizer::load(arguments.at(0));
  if (!tokenizer)
    return fail(tokenizer.error());
  EncodeOptions options;
  for (const std::string &argument : arguments) {
    options.addSpecialTokens &= argument != "--no-special";
    options.parseSpecialTokens &= argument != "--no-parse";
  }
  auto lines = readLines(std::cin);
  if (!lines)
    return fail(lines.error());
  for (const std::string &line : *lines) {
    auto ids = tokenizer->encode(line, options);
    if (!ids)
      return fail(ids.error());
    std::string out;
    for (uint32_t id : *ids)
      out += (out.empty() ? "" : " ") + std::to_string(id);
    std::printf("[%s]\n", out.c_str());
  }
  return 0;
}

int decode(const Arguments &arguments) {
  auto tokenizer = Tokenizer::load(arguments.at(0));
  if (!tokenizer)
    return fail(tokenizer.error());
  bool skip = arguments.size() > 1 && arguments[1] == "--skip";
  std::printf("[%s]\n", tokenizer->decode(parseIds(arguments, 1 + skip), skip).c_str());
  return 0;
}

int stream(const Arguments &arguments) {
  auto tokenizer = Tokenizer::load(arguments.at(0));
  if (!tokenizer)
    return fail(tokenizer.error());
  StreamDecoder decoder(*tokenizer);
  for (uint32_t id : parseIds(arguments, 1))
    std::printf("[%s]", decoder.next(id).c_str());
  std::printf(" flush [%s]\n", decoder.flush().c_str());
  return 0;
}

int parity(const Arguments &arguments) {
  auto tokenizer = Tokenizer::load(arguments.at(0));
  if (!tokenizer)
    return fail(tokenizer.error());
  std::ifstream corpus(arguments.at(1));
  auto lines = readLines(corpus);
  if (!lines)
    return fail(lines.error());
  auto golden = readFile(arguments.at(2), 1 << 24);
  if (!golden)
    return fail(golden.error());
  if (golden->size() != lines->size() * 16)
    return fail({ErrorKind::Invalid, "golden has " + std::to_string(golden->size() / 16) + " lines, corpus " +
                                         std::to_string(lines->size())});
  size_t sameIds = 0, sameText = 0, sameStream = 0;
  bool broken = false;
  for (size_t i = 0; i < lines->size(); ++i) {
    uint64_t want[2];
    std::memcpy(want, golden->data() + 16 * i, 16);
    auto ids = tokenizer->encode((*lines)[i]);
    if (!ids)
      return fail(ids.error());
    std::string text = tokenizer->decode(*ids);
    bool idsMatch = fnv(ids->data(), ids->size() * 4) == want[0];
    sameIds += idsMatch;
    sameText += fnv(text.data(), text.size()) == want[1];
    sameStream += streamed(*tokenizer, *ids, broken) == text;
    if (!idsMatch && i - sameIds < 10)
      std::printf("line %zu differs: %s\n", i + 1, Json((*lines)[i]).dump(-1, ' ', true).c_str());
  }
  std::printf("ids %zu of %zu, text %zu of %zu, streamed %zu of %zu, broken characters: %s\n", sameIds, lines->size(),
              sameText, lines->size(), sameStream, lines->size(), broken ? "yes" : "no");
  return sameIds == lines->size() && sameText == lines->size() && !broken ? 0 : 1;
}

int scale(const Arguments &arguments) {
  auto tokenizer = Tokenizer::load(arguments.at(0));
  if (!tokenizer)
    return fail(tokenizer.error());
  for (const char *unit : {"a", " ", "\n", "1", "\xC3\xA9", "<|im_start|>", "a ", " \n", "."}) {
    double times[2];
    size_t counts[2];
    for (int large = 0; large < 2; ++large) {
      std::string text;
      while (text.size() < (large ? 1u << 20 : 1u << 16))
        text += unit;
      double start = now();
      auto ids = tokenizer->encode(text);
      if (!ids)
        return fail(ids.error());
      if (tokenizer->decode(*ids).size() < text.size())
        return fail({ErrorKind::Invalid, "text was lost"});
      times[large] = now() - start;
      counts[large] = ids->size();
    }
    bool linear = times[1] < 64 * times[0] + 0.1 && counts[1] >= 15 * counts[0];
    std::printf("%s: %s\n", Json(unit).dump().c_str(), linear ? "linear" : "not linear");
    std::fprintf(stderr, "  64 KiB %.1f ms, 1 MiB %.1f ms\n", times[0] * 1e3, times[1] * 1e3);
  }
  return 0;
}

int speed(const Arguments &arguments) {
  double start = now();
  auto tokenizer = Tokenizer::load(arguments.at(0));
  if (!tokenizer)
    return fail(tokenizer.error());
  std::printf("load: %.1f ms\n", (now() - start) * 1e3);
  std::ifstream corpus(arguments.at(1));
  auto lines = readLines(corpus);
  if (!lines)
    return fail(lines.error());
  size_t bytes = 0, count = 0;
  start = now();
  for (const std::string &line : *lines)
    if (auto ids = tokenizer->encode(line)) {
      bytes += line.size();
      count += ids->size();
    }
  double seconds = now() - start;
  std::printf("encode: %.1f MB/s, %.2f M tokens/s\n", bytes / seconds / 1e6, count / seconds / 1e6);
  return 0;
}

} // namespace braid::text::tool
