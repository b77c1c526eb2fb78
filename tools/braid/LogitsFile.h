// SPDX-License-Identifier: Apache-2.0
/// \file
/// Logits of a list of tokens as a safetensors file, for tests against other engines.
#pragma once

#include "tools/braid/Artifact.h"

namespace braid::tools {

/// Evaluates `tokens` on the session, in pieces of the given sizes, and writes
/// one tensor `logits`, F32 [tokens, vocab], to `path`: beside it first, then renamed.
llvm::Error writeLogits(const Model &model, Session &session, llvm::ArrayRef<int32_t> tokens,
                        llvm::ArrayRef<int64_t> pieces, llvm::StringRef path);

} // namespace braid::tools
