// SPDX-License-Identifier: Apache-2.0
/// \file
/// What a chat reads again of what its session has seen already.
#include "test/end-to-end/Checks.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace braid::check {

namespace {

/// A conversation in one session: each prompt renders the last answer otherwise than it was generated, and goes on.
class Chat {
public:
  static constexpr size_t turns = 10, interval = 8, question = 5, answer = 4, edited = 3;

  Chat(const Model &model, const Tokens &words, const Limits &limits)
      : model(model), words(words), limits(limits), session(model.session(int64_t(turns * (question + answer)))) {
    session.expect(model.library.session_checkpoints(session.get(), interval, 2 * turns), "checkpoints");
  }

  /// Asks and answers; returns how many tokens were read again.
  size_t turn() {
    size_t seen = prompt.size();
    if (seen) {
      seen -= edited;
      prompt[seen] = (prompt[seen] + 1) % int32_t(model.info.vocab);
    }
    add(question);
    int64_t kept = -1;
    session.expect(model.library.session_reuse(session.get(), prompt.data(), int64_t(prompt.size()), &kept), "reuse");
    if (kept < 0 || size_t(kept) > seen)
      fail("reuse: expected at most " + std::to_string(seen) + " tokens kept, got " + std::to_string(kept));
    Logits logits = model.empty(prompt);
    session.prefill(prompt, size_t(kept), prompt.size(), logits);
    expectAsStraight(logits);
    size_t asked = prompt.size();
    add(answer);
    logits = model.empty(prompt);
    session.decode(prompt, asked, prompt.size(), logits);
    return seen - size_t(kept);
  }

private:
  void add(size_t count) {
    for (size_t i = 0; i < count; ++i)
      prompt.push_back(words[prompt.size() % words.size()]);
  }

  /// The logits behind the prompt equal those of a session that reads it from the beginning.
  void expectAsStraight(const Logits &got) const {
    Logits want = model.run(prompt, {prompt.size()});
    size_t last = (prompt.size() - 1) * model.info.vocab;
    float scale = 0, worst = 0;
    for (size_t i = last; i < want.size(); ++i) {
      scale = std::max(scale, std::fabs(want[i]));
      float distance = std::fabs(got[i] - want[i]);
      worst = distance <= worst ? worst : distance; // takes a NaN, and then keeps it
    }
    if (!(worst <= float(2 * limits.splitTolerance) * scale))
      fail("a chat of " + std::to_string(prompt.size()) + " tokens: expected the logits of a session that went straight");
  }

  const Model &model;
  const Tokens &words;
  const Limits &limits;
  Session session;
  Tokens prompt;
};

} // namespace

void checkChat(const Model &model, const Tokens &words, const Limits &limits) {
  Chat chat(model, words, limits);
  size_t most = 0;
  for (size_t i = 0; i < Chat::turns; ++i)
    most = std::max(most, chat.turn());
  if (most > Chat::interval)
    fail("a chat: expected at most " + std::to_string(Chat::interval) + " tokens read again in a turn, got " +
         std::to_string(most));
  std::printf("%s: %zu turns of a chat read at most %zu tokens again, one interval of checkpoints\n", model.info.isa,
              Chat::turns, Chat::interval);
}

} // namespace braid::check
