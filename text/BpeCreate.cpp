// SPDX-License-Identifier: Apache-2.0
/// \file
/// Building the byte-pair model from tokenizer.json's fields.
#include "text/Bpe.h"
#include "text/Unicode.h"

#include <bit>

namespace braid::text {

const Bpe::MergeSlot *Bpe::findMerge(uint32_t left, uint32_t right) const {
  uint64_t pair = uint64_t(left) << 32 | right;
  size_t mask = merges.size() - 1;
  size_t slot = (pair * 0x9E3779B97F4A7C15ull >> 20) & mask;
  while (merges[slot].pair != pair) {
    if (merges[slot].pair == UINT64_MAX)
      return nullptr;
    slot = (slot + 1) & mask;
  }
  return &merges[slot];
}

Status Bpe::addMerge(const Merge &merge, uint32_t rank, std::string &joined) {
  const auto &[left, right] = merge;
  if (right.size() < prefix.size())
    return invalid("merge " + std::to_string(rank) + ": " + inQuotes(right) +
                   " is shorter than continuing_subword_prefix");
  joined = left;
  joined.append(right, prefix.size());
  uint32_t ids[3] = {words.find(left), words.find(right), words.find(joined)};
  for (int i = 0; i < 3; ++i)
    if (ids[i] == noToken)
      return invalid("merge " + std::to_string(rank) + ": token " +
                     inQuotes(i == 0   ? left
                              : i == 1 ? right
                                       : joined) +
                     " is not in the vocabulary");
  uint64_t pair = uint64_t(ids[0]) << 32 | ids[1];
  size_t mask = merges.size() - 1;
  size_t slot = (pair * 0x9E3779B97F4A7C15ull >> 20) & mask;
  while (merges[slot].pair != UINT64_MAX && merges[slot].pair != pair)
    slot = (slot + 1) & mask;
  merges[slot] = {pair, rank, ids[2]}; // of equal pairs the last one counts
  return Ok{};
}

Result<Bpe> Bpe::create(const Json &model, Vocabulary vocabulary, std::vector<Merge> merges) {
  const char *where = "model";
  Bpe bpe;
  bpe.words = std::move(vocabulary);
  if (const Json *type = member(model, "type"); type && *type != "BPE")
    return unsupported("model of type " +
                       type->dump(-1, ' ', false, Json::error_handler_t::replace).substr(0, 80) + ": expected 'BPE'");
  for (auto [key, field] : {std::pair{"byte_fallback", &bpe.byteFallback},
                            {"fuse_unk", &bpe.fuseUnknown},
                            {"ignore_merges", &bpe.ignoreMerges}}) {
    auto value = boolMember(model, key, false, where);
    if (!value)
      return value.error();
    *field = *value;
  }
  for (auto [key, field] : {std::pair{"continuing_subword_prefix", &bpe.prefix}, {"end_of_word_suffix", &bpe.suffix}}) {
    if (!member(model, key))
      continue;
    auto value = stringMember(model, key, where);
    if (!value)
      return value.error();
    if (value->size() > 256)
      return limitExceeded(std::string(where) + ": '" + key + "' is longer than 256 bytes");
    *field = *value;
  }
  if (member(model, "unk_token")) {
    auto value = stringMember(model, "unk_token", where);
    if (!value)
      return value.error();
    bpe.unknown = *value;
    bpe.unknownId = bpe.words.find(*value);
  }

  bpe.merges.resize(std::bit_ceil(2 * merges.size() + 2));
  std::string joined;
  for (size_t rank = 0; rank < merges.size(); ++rank)
    if (Status status = bpe.addMerge(merges[rank], uint32_t(rank), joined); !status)
      return Error{status.error().kind, std::string(where) + ": " + status.error().message};

  for (uint32_t c = 0; c < bpe.shortIds.size(); ++c) {
    joined.clear();
    appendUtf8(joined, c);
    bpe.shortIds[c] = bpe.words.find(joined);
  }
  for (int b = 0; b < 256; ++b) {
    const char *hex = "0123456789ABCDEF";
    bpe.byteIds[b] = bpe.words.find(std::string("<0x") + hex[b >> 4] + hex[b & 15] + ">");
  }
  return bpe;
}

} // namespace braid::text
