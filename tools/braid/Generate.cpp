// SPDX-License-Identifier: Apache-2.0
/// \file
/// Generation.
#include "tools/braid/Generate.h"

#include "tools/braid/CommandLine.h"
#include "tools/braid/Interrupt.h"

#include "llvm/Support/FormatVariadic.h"

#include <chrono>

namespace braid::tools {

static double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

std::string Generation::timings() const {
  auto rate = [](int64_t count, double seconds) { return seconds > 0 ? double(count) / seconds : 0.0; };
  std::string text = llvm::formatv("prompt: {0} tokens, {1:f1} t/s", promptTokens, rate(promptTokens, promptSeconds));
  if (reused)
    text += llvm::formatv(" ({0} reused)", reused);
  // The first token comes from the prompt's logits: what is timed is one evaluation fewer.
  text += llvm::formatv("; generation: {0} tokens, {1:f1} t/s", tokens, rate(tokens - 1, seconds));
  return text;
}

llvm::Expected<Generator> Generator::create(const Model &model, const text::SamplerSettings &settings) {
  auto sampler = text::Sampler::create(model.info.vocab, settings);
  if (!sampler)
    return makeError(sampler.error());
  return Generator(model, std::move(*sampler));
}

/// In the pieces that the model takes at once, so that Ctrl-C need not wait for a long prompt.
llvm::Error Generator::evaluate(Session &session, llvm::ArrayRef<int32_t> tokens) {
  while (!tokens.empty() && !InterruptGuard::pending()) {
    llvm::ArrayRef<int32_t> piece = tokens.take_front(maxTokens);
    tokens = tokens.drop_front(piece.size());
    if (llvm::Error error = session.prefill(piece, tokens.empty() ? logits.data() : nullptr, tokens.empty()))
      return error;
  }
  return llvm::Error::success();
}

llvm::Expected<Generation> Generator::run(Session &session, llvm::ArrayRef<int32_t> prompt, int64_t limit,
                                          llvm::function_ref<bool(int32_t)> endsText,
                                          llvm::function_ref<void(int32_t)> emit) {
  if (prompt.empty())
    return makeError("the prompt has no tokens");
  if (int64_t(prompt.size()) > session.capacity())
    return makeError("the prompt has " + llvm::Twine(prompt.size()) + " tokens, but the session has room for " +
                     llvm::Twine(session.capacity()) + " (-c)");
  Generation result;
  double start = now();
  llvm::Expected<int64_t> kept = session.reuse(prompt);
  if (!kept)
    return kept.takeError();
  result.reused = *kept;
  result.promptTokens = int64_t(prompt.size()) - *kept;
  if (llvm::Error error = evaluate(session, prompt.drop_front(*kept)))
    return error;
  sampler.reset();
  for (int32_t token : prompt)
    sampler.accept(token);
  double generating = now();
  result.promptSeconds = generating - start;
  while (true) {
    if (InterruptGuard::pending()) {
      result.stop = StopReason::Interrupt;
      break;
    }
    if (limit >= 0 && result.tokens >= limit)
      break;
    int32_t token = int32_t(sampler.sample(logits.data()));
    sampler.accept(token);
    ++result.tokens;
    if (endsText(token)) {
      result.stop = StopReason::EndToken;
      break;
    }
    emit(token);
    if (session.position() == session.capacity()) {
      result.stop = StopReason::Full;
      break;
    }
    if (limit >= 0 && result.tokens >= limit)
      break;
    if (llvm::Error error = session.decode(token, logits.data()))
      return error;
  }
  result.seconds = now() - generating;
  return result;
}

} // namespace braid::tools
