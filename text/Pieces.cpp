// SPDX-License-Identifier: Apache-2.0
/// \file
/// The five split behaviours, and rewriting.
#include "text/Pieces.h"
#include "text/Unicode.h"

#include <algorithm>

namespace braid::text {

Result<SplitBehaviour> splitBehaviour(const std::string &name, const char *where) {
  static const std::pair<const char *, SplitBehaviour> names[] = {
      {"Removed", SplitBehaviour::Removed},
      {"Isolated", SplitBehaviour::Isolated},
      {"MergedWithPrevious", SplitBehaviour::MergedWithPrevious},
      {"MergedWithNext", SplitBehaviour::MergedWithNext},
      {"Contiguous", SplitBehaviour::Contiguous}};
  for (auto [known, behaviour] : names)
    if (name == known)
      return behaviour;
  return unsupported(std::string(where) + ": split behavior " + inQuotes(name) + " is not supported");
}

namespace {

/// Joins neighbours as the behaviour asks; what is to be dropped keeps match = true.
void combine(std::vector<Span> &spans, SplitBehaviour behaviour) {
  std::vector<Span> out;
  bool previous = false;
  auto joinForward = [&](auto joins) {
    for (const Span &span : spans) {
      if (!out.empty() && joins(span.match))
        out.back().end = span.end;
      else
        out.push_back({span.begin, span.end, false});
      previous = span.match;
    }
  };
  switch (behaviour) {
  case SplitBehaviour::Removed:
    return;
  case SplitBehaviour::Isolated:
    for (Span &span : spans)
      span.match = false;
    return;
  case SplitBehaviour::Contiguous:
    joinForward([&](bool match) { return match == previous; });
    break;
  case SplitBehaviour::MergedWithPrevious:
    joinForward([&](bool match) { return match && !previous; });
    break;
  case SplitBehaviour::MergedWithNext:
    for (auto span = spans.rbegin(); span != spans.rend(); ++span) {
      if (!out.empty() && span->match && !previous)
        out.back().begin = span->begin;
      else
        out.push_back({span->begin, span->end, false});
      previous = span->match;
    }
    std::reverse(out.begin(), out.end());
    break;
  }
  spans = std::move(out);
}

} // namespace

Status splitPieces(Pieces &pieces, const Finder &find, SplitBehaviour behaviour, bool invert) {
  std::vector<Pieces::Piece> out;
  out.reserve(pieces.list.size());
  std::vector<Span> spans;
  for (const Pieces::Piece &piece : pieces.list) {
    if (piece.id >= 0) {
      out.push_back(piece);
      continue;
    }
    spans.clear();
    if (Status status = find(pieces.of(piece), spans); !status)
      return status;
    if (invert)
      for (Span &span : spans)
        span.match = !span.match;
    combine(spans, behaviour);
    for (const Span &span : spans)
      if (!span.match && span.begin < span.end)
        out.push_back({piece.begin + span.begin, piece.begin + span.end, -1, piece.atStart && span.begin == 0});
  }
  pieces.list = std::move(out);
  return Ok{};
}

Finder findCharacters(std::function<bool(uint32_t)> wanted) {
  return [wanted = std::move(wanted)](std::string_view text, std::vector<Span> &spans) -> Status {
    size_t done = 0;
    for (size_t at = 0; at < text.size();) {
      size_t begin = at;
      if (!wanted(nextCodepoint(text, at)))
        continue;
      if (done < begin)
        spans.push_back({done, begin, false});
      spans.push_back({begin, at, true});
      done = at;
    }
    if (done < text.size())
      spans.push_back({done, text.size(), false});
    return Ok{};
  };
}

void rewritePieces(Pieces &pieces, const std::function<void(std::string_view, bool atStart, std::string &)> &rewrite) {
  std::string out;
  out.reserve(pieces.text.size() * 2);
  for (Pieces::Piece &piece : pieces.list) {
    size_t begin = out.size();
    if (piece.id < 0)
      rewrite(pieces.of(piece), piece.atStart, out);
    piece.begin = begin;
    piece.end = out.size();
  }
  pieces.text = std::move(out);
}

} // namespace braid::text
