// SPDX-License-Identifier: Apache-2.0
/// \file
/// Open addressing over an arena of token texts.
#include "text/Vocabulary.h"

#include <cstring>

namespace braid::text {

uint64_t hashBytes(std::string_view bytes) {
  uint64_t h = 0x9E3779B97F4A7C15ull ^ bytes.size();
  auto mix = [&h](uint64_t word) {
    h = (h ^ word) * 0xD6E8FEB86659FD93ull;
    h ^= h >> 32;
  };
  size_t at = 0;
  for (; at + 8 <= bytes.size(); at += 8) {
    uint64_t word;
    std::memcpy(&word, bytes.data() + at, 8);
    mix(word);
  }
  uint64_t tail = 0;
  for (size_t i = at; i < bytes.size(); ++i)
    tail = tail << 8 | static_cast<unsigned char>(bytes[i]);
  mix(tail);
  return h ^ h >> 29;
}

size_t Vocabulary::slotOf(std::string_view token) const {
  size_t mask = slots.size() - 1, slot = hashBytes(token) & mask;
  while (slots[slot] != noToken && text(slots[slot]) != token)
    slot = (slot + 1) & mask;
  return slot;
}

void Vocabulary::grow() {
  std::vector<uint32_t> old = std::move(slots);
  slots.assign(old.empty() ? 1024 : old.size() * 2, noToken);
  for (uint32_t id : old)
    if (id != noToken)
      slots[slotOf(text(id))] = id;
}

Status Vocabulary::add(std::string_view token, uint64_t id) {
  if (id > maxTokenId)
    return limitExceeded("token " + inQuotes(std::string(token)) + ": expected an id of at most " +
                         std::to_string(maxTokenId) + ", got " + std::to_string(id));
  if (token.size() > maxTokenBytes)
    return limitExceeded("token of id " + std::to_string(id) + ": expected at most " + std::to_string(maxTokenBytes) +
                         " bytes, got " + std::to_string(token.size()));
  if (arena.size() + token.size() > UINT32_MAX)
    return limitExceeded("vocabulary text is larger than 4 GiB");
  if (2 * (count + 1) > slots.size())
    grow();
  size_t slot = slotOf(token);
  if (slots[slot] != noToken)
    return invalid("duplicate token " + inQuotes(std::string(token)));
  if (id >= entries.size())
    entries.resize(id + 1);
  if (entries[id].length != absent)
    return invalid("tokens " + inQuotes(std::string(text(id))) + " and " + inQuotes(std::string(token)) +
                   " have the same id " + std::to_string(id));
  entries[id] = {uint32_t(arena.size()), uint32_t(token.size())};
  arena += token;
  slots[slot] = uint32_t(id);
  ++count;
  return Ok{};
}

uint32_t Vocabulary::find(std::string_view token) const { return slots.empty() ? noToken : slots[slotOf(token)]; }

} // namespace braid::text
