// SPDX-License-Identifier: Apache-2.0
/// \file
/// The shapes that kernels are measured at, as text: `1x4096x4096` for contractions, `32/8x128x8192` for attention.
#pragma once

#include "dialects/Precompiled.h"

namespace braid::cpu {

/// Rows, out-features, in-features. One row: the weights come from memory.
struct ContractionShape {
  int64_t rows, n, k;
};

/// Query heads over key heads, their width, and the keys: prefill of that many tokens, decode of the last one.
struct AttentionBenchShape {
  int64_t heads, kvHeads, dim, keys;
};

struct BenchShapes {
  std::vector<ContractionShape> contractions;
  std::vector<AttentionBenchShape> attentions;
};

/// Reads `MxNxK` or `HEADS/KVxDIMxKEYS`. Errors say what was expected: the form, positive sizes, in-features a multiple
/// of 32, heads a multiple of key heads, and sizes that memory of about 1 GB holds.
llvm::Expected<BenchShapes> parseBenchShapes(llvm::ArrayRef<std::string> texts);

} // namespace braid::cpu
