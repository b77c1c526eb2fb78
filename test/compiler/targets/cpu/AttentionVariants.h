// SPDX-License-Identifier: Apache-2.0
/// \file
/// Attention variants for tests, each written twice: as what the kernel emits, and as plain C++ for the reference.
#pragma once

#include "compiler/targets/cpu/kernels/Attention.h"

namespace braid::test {

struct Variant {
  std::string name;
  int64_t window = 0; ///< of the cache: a ring
  std::function<void(cpu::Attention &)> emitter;              ///< sets score, mask, block
  std::function<bool(int64_t head, int64_t q, int64_t k)> visible;
  std::function<double(double s, int64_t head, int64_t q, int64_t k)> score;
};

/// causal, window, prefix, alibi, open (no mask), holes (some rows see nothing), infinite (-inf and lowest scores).
Variant variant(llvm::StringRef name);
inline constexpr const char *kVariants[] = {"causal", "window", "prefix", "alibi", "open", "holes", "infinite"};

} // namespace braid::test
