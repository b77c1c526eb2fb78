// SPDX-License-Identifier: Apache-2.0
/// \file
/// Tokens and their ids, both ways, in one arena.
#pragma once

#include "text/Result.h"

#include <cstdint>
#include <string_view>
#include <vector>

namespace braid::text {

inline constexpr uint32_t noToken = UINT32_MAX;
inline constexpr uint32_t maxTokenId = (1u << 22) - 1;
inline constexpr size_t maxTokenBytes = 1 << 16;

class Vocabulary {
public:
  /// Adds a token; Limit if the id or the length is out of range, Invalid if token or id is there already.
  Status add(std::string_view token, uint64_t id);

  /// The id of a token, or noToken.
  uint32_t find(std::string_view token) const;

  /// The text of a token; empty with a null data pointer if the id has none.
  std::string_view text(uint32_t id) const {
    return id < entries.size() && entries[id].length != absent
               ? std::string_view(arena.data() + entries[id].offset, entries[id].length)
               : std::string_view();
  }

  size_t size() const { return count; }
  /// One more than the largest id.
  uint32_t idEnd() const { return uint32_t(entries.size()); }

private:
  static constexpr uint32_t absent = UINT32_MAX;
  struct Entry {
    uint32_t offset = 0, length = absent;
  };
  size_t slotOf(std::string_view token) const;
  void grow();

  std::string arena;
  std::vector<Entry> entries;
  std::vector<uint32_t> slots; // ids by open addressing, noToken where free
  size_t count = 0;
};

/// A 64-bit hash of bytes, the same on every machine.
uint64_t hashBytes(std::string_view bytes);

} // namespace braid::text
