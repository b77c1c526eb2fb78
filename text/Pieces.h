// SPDX-License-Identifier: Apache-2.0
/// \file
/// Ways to cut and to rewrite Pieces.
#pragma once

#include "text/PreTokenizer.h"
#include "text/Regex.h"

namespace braid::text {

/// What becomes of the matches of a split.
enum class SplitBehaviour { Removed, Isolated, MergedWithPrevious, MergedWithNext, Contiguous };

/// Reads a behaviour's name; Unsupported otherwise.
Result<SplitBehaviour> splitBehaviour(const std::string &name, const char *where);

/// Finds spans that cover a piece.
using Finder = std::function<Status(std::string_view, std::vector<Span> &)>;

/// Cuts every piece that is not an added token; empty results vanish.
Status splitPieces(Pieces &pieces, const Finder &find, SplitBehaviour behaviour, bool invert);

/// Finds single characters.
Finder findCharacters(std::function<bool(uint32_t)> wanted);

/// Rewrites every piece that is not an added token: `rewrite` appends its new text.
void rewritePieces(Pieces &pieces, const std::function<void(std::string_view, bool atStart, std::string &)> &rewrite);

} // namespace braid::text
