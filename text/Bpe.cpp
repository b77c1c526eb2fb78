// SPDX-License-Identifier: Apache-2.0
/// \file
/// Byte-pair encoding of one piece: split into characters, then merge by rank with a priority queue.
#include "text/Bpe.h"
#include "text/Unicode.h"

#include <algorithm>

namespace braid::text {

namespace {

constexpr size_t cacheSlots = 1 << 13;
constexpr size_t cachedBytes = 64; // longer pieces hardly repeat

void append(std::vector<Bpe::Scratch::Symbol> &symbols, uint32_t id, size_t length) {
  int32_t at = int32_t(symbols.size());
  if (at)
    symbols.back().next = at;
  symbols.push_back({id, at - 1, -1, uint32_t(length)});
}

/// Orders a max-heap so that the lowest rank is on top, the leftmost among equals.
bool later(const Bpe::Scratch::Candidate &a, const Bpe::Scratch::Candidate &b) {
  return a.rank != b.rank ? a.rank > b.rank : a.position > b.position;
}

} // namespace

uint32_t Bpe::symbolId(std::string_view text, bool first, bool last, Scratch &scratch) const {
  bool before = !first && !prefix.empty(), after = last && !suffix.empty();
  if (!before && !after) {
    size_t at = 0;
    if (text.size() <= 2)
      if (uint32_t c = nextCodepoint(text, at); c < shortIds.size())
        return shortIds[c];
    return words.find(text);
  }
  scratch.name.clear();
  if (before)
    scratch.name += prefix;
  scratch.name += text;
  if (after)
    scratch.name += suffix;
  return words.find(scratch.name);
}

/// Appends one symbol a byte if each has a token of its own.
bool Bpe::byteFallbackIds(std::string_view text, Scratch &scratch) const {
  for (unsigned char byte : text)
    if (byteIds[byte] == noToken)
      return false;
  for (unsigned char byte : text)
    append(scratch.symbols, byteIds[byte], 1);
  return true;
}

Status Bpe::split(std::string_view piece, Scratch &scratch) const {
  scratch.symbols.clear();
  size_t unknownBytes = 0; // a pending unknown token covers these
  auto flush = [&] {
    if (unknownBytes)
      append(scratch.symbols, unknownId, unknownBytes);
    unknownBytes = 0;
  };
  for (size_t at = 0; at < piece.size();) {
    size_t begin = at;
    nextCodepoint(piece, at);
    std::string_view text = piece.substr(begin, at - begin);
    bool first = begin == 0, last = at == piece.size();
    if (uint32_t id = symbolId(text, first, last, scratch); id != noToken) {
      flush();
      append(scratch.symbols, id, text.size());
      continue;
    }
    if (byteFallback) {
      // The fallback covers the affixes too, and does not end a pending unknown token: so does the original.
      std::string whole = (first ? "" : prefix) + std::string(text) + (last ? suffix : "");
      if (byteFallbackIds(whole, scratch))
        continue;
    }
    if (!unknown)
      continue; // without an unknown token such characters vanish
    if (unknownId == noToken)
      return invalid("unknown token " + inQuotes(*unknown) + " is not in the vocabulary");
    if (!fuseUnknown)
      flush();
    unknownBytes += text.size();
  }
  flush();
  return Ok{};
}

void Bpe::merge(Scratch &scratch) const {
  auto &symbols = scratch.symbols;
  auto &heap = scratch.heap;
  heap.clear();
  auto candidate = [&](int32_t at) -> bool {
    const MergeSlot *found = findMerge(symbols[at].id, symbols[symbols[at].next].id);
    if (found)
      heap.push_back({found->rank, uint32_t(at), found->id});
    return found;
  };
  for (size_t i = 0; i + 1 < symbols.size(); ++i)
    candidate(int32_t(i));
  std::make_heap(heap.begin(), heap.end(), later);
  while (!heap.empty()) {
    std::pop_heap(heap.begin(), heap.end(), later);
    Scratch::Candidate top = heap.back();
    heap.pop_back();
    Scratch::Symbol &left = symbols[top.position];
    if (left.length == 0 || left.next < 0)
      continue;
    Scratch::Symbol &right = symbols[left.next];
    // The pair may have changed since it was queued; it still counts if it gives the same token.
    const MergeSlot *found = findMerge(left.id, right.id);
    if (!found || found->id != top.id)
      continue;
    left.id = top.id;
    left.length += right.length;
    right.length = 0;
    left.next = right.next;
    if (right.next >= 0)
      symbols[right.next].previous = int32_t(top.position);
    if (left.previous >= 0 && candidate(left.previous))
      std::push_heap(heap.begin(), heap.end(), later);
    if (left.next >= 0 && candidate(int32_t(top.position)))
      std::push_heap(heap.begin(), heap.end(), later);
  }
}

Status Bpe::tokenize(std::string_view piece, Scratch &scratch, std::vector<uint32_t> &ids) const {
  if (piece.empty())
    return Ok{};
  if (ignoreMerges)
    if (uint32_t id = words.find(piece); id != noToken) {
      ids.push_back(id);
      return Ok{};
    }
  Scratch::Cached *cached = nullptr;
  if (piece.size() <= cachedBytes) {
    if (scratch.cache.empty())
      scratch.cache.resize(cacheSlots);
    cached = &scratch.cache[hashBytes(piece) % cacheSlots];
    if (cached->piece == piece) {
      ids.insert(ids.end(), cached->ids.begin(), cached->ids.end());
      return Ok{};
    }
  }
  if (Status status = split(piece, scratch); !status)
    return status;
  merge(scratch);
  size_t before = ids.size();
  for (const Scratch::Symbol &symbol : scratch.symbols)
    if (symbol.length)
      ids.push_back(symbol.id);
  if (cached) {
    cached->piece = piece;
    cached->ids.assign(ids.begin() + before, ids.end());
  }
  return Ok{};
}

} // namespace braid::text
