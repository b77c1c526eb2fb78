// SPDX-License-Identifier: Apache-2.0
/// \file
/// The stages that decoders are made of.
#pragma once

#include "text/Decoder.h"
#include "text/Result.h"

#include <cstdint>

namespace braid::text {

using Stage = std::unique_ptr<DecodeStage>;

/// Byte symbols to bytes to text; ill-formed parts become U+FFFD.
Stage byteLevelStage(bool streaming);
/// Runs of <0xHH> tokens to text.
Stage byteFallbackStage(bool streaming);
/// Joins all tokens to one; a streaming one passes them on, and the stages behind it know.
Stage fuseStage(bool streaming);
/// Cuts up to `start` leading and `stop` trailing `content` characters from each token.
Stage stripStage(std::string content, uint64_t start, uint64_t stop, bool fused);
/// Marks to spaces; with `prefixed`, the marks of the first token vanish.
Stage metaspaceStage(std::string mark, bool prefixed, bool fused);
/// Applies a text function to each token.
Stage replaceStage(std::function<Status(std::string &)> replace);
/// Spaces between tokens.
Stage spacesStage();

} // namespace braid::text
