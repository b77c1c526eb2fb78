// SPDX-License-Identifier: Apache-2.0
/// \file
/// The loop of generation: prompt in, sampled tokens out, until an end token, a limit or Ctrl-C.
#pragma once

#include "text/Sampler.h"
#include "tools/braid/Artifact.h"

#include "llvm/ADT/STLFunctionalExtras.h"

namespace braid::tools {

enum class StopReason { EndToken, Limit, Full, Interrupt };

struct Generation {
  StopReason stop = StopReason::Limit;
  int64_t promptTokens = 0; ///< evaluated; what the session had seen already is not counted
  int64_t reused = 0;
  int64_t tokens = 0; ///< generated, the end token included
  double promptSeconds = 0, seconds = 0;

  /// "prompt: 12 tokens, 340.1 t/s; generation: 64 tokens, 120.3 t/s"
  std::string timings() const;
};

class Generator {
public:
  /// Holds a row of logits for the model's vocabulary.
  static llvm::Expected<Generator> create(const Model &model, const text::SamplerSettings &settings);

  /// Evaluates what the session has not seen of `prompt`, then gives tokens to `emit` (not the one that ends the
  /// text), at most `limit` (negative: until the session is full).
  llvm::Expected<Generation> run(Session &session, llvm::ArrayRef<int32_t> prompt, int64_t limit,
                                 llvm::function_ref<bool(int32_t)> endsText, llvm::function_ref<void(int32_t)> emit);

private:
  Generator(const Model &model, text::Sampler sampler)
      : sampler(std::move(sampler)), logits(model.info.vocab), maxTokens(model.info.max_tokens) {}
  llvm::Error evaluate(Session &session, llvm::ArrayRef<int32_t> tokens);

  text::Sampler sampler;
  std::vector<float> logits;
  int64_t maxTokens;
};

} // namespace braid::tools
