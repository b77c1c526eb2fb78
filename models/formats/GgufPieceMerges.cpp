// SPDX-License-Identifier: Apache-2.0
/// \file The merges that a SentencePiece vocabulary implies: it joins the two neighbours whose union scores best.
#include "models/formats/GgufVocabulary.h"
#include <algorithm>
#include <cmath>
#include <tuple>

using namespace llvm;

namespace braid::formats {
namespace {

// Every cut of every piece is looked up, which takes time quadratic in a piece's length. Real pieces have less than half of this.
constexpr size_t maxPieceBytes = 192;

struct Merge {
  float score;
  uint32_t leftLength, rightLength; // in characters
  uint32_t whole, left, right;      // token ids
  uint32_t cut;                     // bytes of the left half

  bool operator<(const Merge &other) const {
    return std::tie(other.score, other.leftLength, other.rightLength, whole, left, right) <
           std::tie(score, leftLength, rightLength, other.whole, other.left, other.right);
  }
};

bool startsCharacter(char byte) { return (uint8_t(byte) & 0xc0) != 0x80; }

} // namespace

Error GgufVocabulary::mergesFromScores(const GgufMetadata &metadata) {
  Expected<std::optional<std::vector<float>>> scores = metadata.floats("tokenizer.ggml.scores");
  if (!scores)
    return scores.takeError();
  if (!*scores)
    return fileError(metadata.path(), "key 'tokenizer.ggml.scores': expected an array of f32, but it is not there");
  const GgufValue &value = *metadata.find("tokenizer.ggml.scores");
  if ((*scores)->size() != tokens.size())
    return metadata.fault(value, "one score for each of " + Twine(tokens.size()) + " tokens");

  std::vector<Merge> found;
  for (uint32_t id = 0; id < tokens.size(); ++id) {
    if (std::isnan((**scores)[id])) // has no place in an order
      return metadata.fault(value, "numbers as scores, which element " + Twine(id) + " is not");
    if (types[id] != TokenType::Normal)
      continue;
    StringRef piece = tokens[id];
    if (piece.size() > maxPieceBytes)
      return metadata.fault(*metadata.find("tokenizer.ggml.tokens"),
                            "pieces of at most " + Twine(maxPieceBytes) + " bytes, which token " + Twine(id) + " is not");
    auto length = uint32_t(std::count_if(piece.begin(), piece.end(), startsCharacter));
    uint32_t characters = 1;
    for (uint32_t cut = 1; cut < piece.size(); ++cut) {
      if (!startsCharacter(piece[cut]))
        continue;
      auto left = ids.find(piece.take_front(cut)), right = ids.find(piece.drop_front(cut));
      if (left != ids.end() && right != ids.end() && types[left->second] == TokenType::Normal &&
          types[right->second] == TokenType::Normal)
        found.push_back({(**scores)[id], characters, length - characters, id, left->second, right->second, cut});
      ++characters;
    }
  }
  std::sort(found.begin(), found.end());
  merges.clear();
  for (const Merge &merge : found)
    merges.emplace_back(tokens[merge.whole].take_front(merge.cut), tokens[merge.whole].drop_front(merge.cut));
  return Error::success();
}

} // namespace braid::formats
