// SPDX-License-Identifier: Apache-2.0
/// \file
/// Encoding and decoding with a loaded tokenizer.
#include "text/Tokenizer.h"
#include "text/StreamDecoder.h"
#include "text/TokenizerParts.h"

namespace braid::text {

Status Tokenizer::Parts::cut(std::string_view text, bool skipSpecial, Pieces &pieces) const {
  std::vector<TokenSpan> outer, inner;
  rawMatcher.split(text, added, skipSpecial, outer);
  auto add = [&](std::string_view piece, int32_t token, bool atStart) {
    size_t begin = pieces.text.size();
    pieces.text += piece;
    pieces.list.push_back({begin, pieces.text.size(), token < 0 ? -1 : int64_t(added[token].id), atStart});
  };
  for (const TokenSpan &span : outer) {
    if (span.token >= 0) {
      add({}, span.token, false);
      continue;
    }
    std::string piece(text.substr(span.begin, span.end - span.begin));
    if (Status status = normalizer.apply(piece); !status)
      return status;
    inner.clear();
    normalizedMatcher.split(piece, added, skipSpecial, inner);
    for (const TokenSpan &part : inner)
      add(part.token >= 0 ? std::string_view() : std::string_view(piece).substr(part.begin, part.end - part.begin),
          part.token, span.begin == 0 && part.begin == 0);
    if (pieces.text.size() > Normalizer::maxNormalized)
      return limitExceeded("text grew larger than 1 GiB while it was normalised");
  }
  return Ok{};
}

Status Tokenizer::Parts::tokenize(const Pieces &pieces, Bpe::Scratch &scratch, std::vector<uint32_t> &ids) const {
  for (const Pieces::Piece &piece : pieces.list) {
    if (piece.id >= 0)
      ids.push_back(uint32_t(piece.id));
    else if (Status status = model.tokenize(pieces.of(piece), scratch, ids); !status)
      return status;
  }
  return Ok{};
}

bool Tokenizer::Parts::decodeText(uint32_t id, bool skipSpecial, std::string_view &text) const {
  if (auto it = addedById.find(id); it != addedById.end()) {
    text = addedDecoded[it->second];
    return !(skipSpecial && added[it->second].special);
  }
  text = model.vocabulary().text(id);
  return text.data() != nullptr;
}

Result<std::vector<uint32_t>> Tokenizer::encode(std::string_view text, EncodeOptions options) const {
  try {
    if (text.size() > size_t(1) << 28)
      return limitExceeded("text of " + std::to_string(text.size()) + " bytes: expected at most 268435456");
    std::string clean;
    if (!isValidUtf8(text)) {
      clean = sanitizeUtf8(text);
      text = clean;
    }
    Pieces pieces;
    if (Status status = parts->cut(text, !options.parseSpecialTokens, pieces); !status)
      return status.error();
    if (Status status = parts->preTokenizer.apply(pieces); !status)
      return status.error();
    std::vector<uint32_t> ids;
    std::unique_lock lock(parts->scratchMutex, std::try_to_lock);
    Bpe::Scratch own;
    if (Status status = parts->tokenize(pieces, lock ? parts->scratch : own, ids); !status)
      return status.error();
    if (options.addSpecialTokens)
      parts->postProcessor.apply(ids);
    return ids;
  } catch (const std::exception &e) {
    return limitExceeded(std::string("encode: ") + e.what());
  }
}

std::string Tokenizer::decode(const std::vector<uint32_t> &ids, bool skipSpecialTokens) const {
  DecodeRun run = parts->decoder.start(false);
  std::string out;
  std::string_view text;
  for (uint32_t id : ids)
    if (parts->decodeText(id, skipSpecialTokens, text))
      run.feed(text, out);
  run.finish(out);
  return out;
}

std::optional<uint32_t> Tokenizer::idOf(std::string_view token) const {
  for (const AddedToken &added : parts->added)
    if (added.content == token)
      return added.id;
  uint32_t id = parts->model.vocabulary().find(token);
  return id == noToken ? std::nullopt : std::optional(id);
}

std::string_view Tokenizer::tokenText(uint32_t id) const {
  if (auto it = parts->addedById.find(id); it != parts->addedById.end())
    return parts->added[it->second].content;
  return parts->model.vocabulary().text(id);
}

bool Tokenizer::isSpecial(uint32_t id) const {
  auto it = parts->addedById.find(id);
  return it != parts->addedById.end() && parts->added[it->second].special;
}

uint32_t Tokenizer::idEnd() const {
  uint32_t end = parts->model.vocabulary().idEnd();
  for (const AddedToken &added : parts->added)
    end = std::max(end, added.id + 1);
  return end;
}

StreamDecoder::StreamDecoder(const Tokenizer &tokenizer, bool skipSpecialTokens)
    : parts(tokenizer.parts), skipSpecial(skipSpecialTokens), run(parts->decoder.start(true)) {}

std::string StreamDecoder::next(uint32_t id) {
  std::string out;
  std::string_view text;
  if (parts->decodeText(id, skipSpecial, text))
    run.feed(text, out);
  return out;
}

std::string StreamDecoder::flush() {
  std::string out;
  run.finish(out);
  run = parts->decoder.start(true);
  return out;
}

} // namespace braid::text
