// SPDX-License-Identifier: Apache-2.0
/// \file
/// The byte-pair model: text of one pre-token in, ids out.
#pragma once

#include "text/Json.h"
#include "text/Vocabulary.h"

#include <array>
#include <optional>

namespace braid::text {

class Bpe {
public:
  using Merge = std::pair<std::string, std::string>;

  /// Room that one encoding needs, kept from piece to piece, with a bounded cache of what pieces became.
  struct Scratch {
    struct Symbol {
      uint32_t id;
      int32_t previous, next;
      uint32_t length; // bytes; 0 once merged into the symbol before it
    };
    struct Candidate {
      uint32_t rank, position, id;
    };
    struct Cached {
      std::string piece;
      std::vector<uint32_t> ids;
    };
    std::vector<Symbol> symbols;
    std::vector<Candidate> heap;
    std::vector<Cached> cache; // direct mapped
    std::string name;
  };

  /// `model` holds the small fields of tokenizer.json's "model"; merges are in order of rank.
  static Result<Bpe> create(const Json &model, Vocabulary vocabulary, std::vector<Merge> merges);

  /// Appends the ids of one piece (valid UTF-8). O(n log n) in its length.
  Status tokenize(std::string_view piece, Scratch &scratch, std::vector<uint32_t> &ids) const;

  const Vocabulary &vocabulary() const { return words; }

private:
  struct MergeSlot {
    uint64_t pair = UINT64_MAX;
    uint32_t rank = 0, id = 0;
  };
  const MergeSlot *findMerge(uint32_t left, uint32_t right) const;
  Status addMerge(const Merge &merge, uint32_t rank, std::string &joined);
  uint32_t symbolId(std::string_view text, bool first, bool last, Scratch &scratch) const;
  bool byteFallbackIds(std::string_view text, Scratch &scratch) const;
  Status split(std::string_view piece, Scratch &scratch) const;
  void merge(Scratch &scratch) const;

  Vocabulary words;
  std::vector<MergeSlot> merges;       // open addressing
  std::array<uint32_t, 1024> shortIds; // ids of single code points below 1024
  std::array<uint32_t, 256> byteIds;   // ids of <0x00> to <0xFF>
  std::optional<std::string> unknown;
  uint32_t unknownId = noToken;
  std::string prefix, suffix;
  bool byteFallback = false, fuseUnknown = false, ignoreMerges = false;
};

} // namespace braid::text
