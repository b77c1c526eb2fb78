// SPDX-License-Identifier: Apache-2.0
/// \file
/// Operations on sessions, each against the bits of a session that went straight.
#include "test/end-to-end/Checks.h"

#include <cstdio>
#include <cstring>

namespace braid::check {

namespace {

/// Tokens [0, from) in one piece, then the rest: half in a piece, half by decode.
class Continuation {
public:
  Continuation(const Model &model, const Tokens &tokens, size_t from) : model(model), tokens(tokens), from(from) {
    Session session = start();
    want = rest(session);
  }

  Session start(int64_t capacity = 0) const {
    Session session = model.session(capacity);
    Logits logits = model.empty(tokens);
    session.prefill(tokens, 0, from, logits);
    return session;
  }

  /// The logits of tokens [from, end), in the rows of the tokens.
  Logits rest(Session &session) const {
    Logits logits = model.empty(tokens);
    size_t middle = from + (tokens.size() - from) / 2;
    if (middle > from)
      session.prefill(tokens, from, middle, logits);
    session.decode(tokens, middle, tokens.size(), logits);
    return logits;
  }

  void expectSame(const Logits &got, const char *what) const {
    if (got.size() != want.size() || std::memcmp(got.data(), want.data(), got.size() * sizeof(float)))
      fail(std::string(what) + " at position " + std::to_string(from) +
           ": expected the bits of a session that went straight");
  }
  void check(Session &session, const char *what) const { expectSame(rest(session), what); }

  const Model &model;
  const Tokens &tokens;
  size_t from;
  Logits want;
};

void checkSnapshot(const Continuation &straight) {
  const Library &library = straight.model.library;
  braid_snapshot *snapshot = nullptr;
  Session session = straight.start();
  session.expect(library.snapshot_create(session.get(), &snapshot), "snapshot");
  straight.check(session, "a snapshotted session");
  for (int i = 0; i < 2; ++i) {
    session.expect(library.snapshot_restore(snapshot, session.get()), "restore");
    straight.check(session, "a restored session");
  }
  Session other = straight.model.session(int64_t(straight.tokens.size()));
  other.expect(library.snapshot_restore(snapshot, other.get()), "restore");
  library.snapshot_destroy(snapshot);
  straight.check(other, "a snapshot in a smaller session");
}

void checkFork(const Continuation &straight) {
  Session session = straight.start();
  Session copy = session.fork();
  straight.check(copy, "a fork");
  straight.check(session, "a forked session");
}

/// Goes wrong behind `from`, takes it back, and goes on.
void checkRollback(const Continuation &straight) {
  const Library &library = straight.model.library;
  Session session = straight.start();
  Tokens wrong = straight.tokens;
  for (size_t i = straight.from; i < wrong.size(); ++i)
    wrong[i] = (wrong[i] + 1) % straight.model.info.vocab;
  for (size_t steps : {size_t(1), wrong.size() - straight.from}) {
    Logits logits = straight.model.empty(wrong);
    session.prefill(wrong, straight.from, straight.from + steps, logits);
    session.expect(library.session_rollback(session.get(), steps), "rollback");
  }
  straight.check(session, "a session that was rolled back");
  library.session_reset(session.get());
  Logits logits = straight.model.empty(wrong);
  session.prefill(straight.tokens, 0, straight.from, logits);
  straight.check(session, "a session that was reset");
}

void checkFile(const Continuation &straight, const std::string &file) {
  const Library &library = straight.model.library;
  Session session = straight.start();
  session.expect(library.session_save(session.get(), file.c_str()), "save");
  straight.check(session, "a saved session");
  Session other = straight.model.session(int64_t(straight.tokens.size()));
  other.expect(library.session_load(other.get(), file.c_str()), "load");
  straight.check(other, "a loaded session");
}

/// A session that saw a whole prompt goes on with another one that begins the same. Recurrent states have a checkpoint
/// where the prompts part; a checkpoint elsewhere would cut pieces, which changes bits.
void checkReuse(const Continuation &straight) {
  const Library &library = straight.model.library;
  Session session = straight.model.session(0);
  auto checkpointsAt = [&](size_t interval) {
    session.expect(library.session_checkpoints(session.get(), interval, straight.tokens.size()), "checkpoints");
  };
  checkpointsAt(straight.from);
  Logits first = straight.model.empty(straight.tokens);
  session.prefill(straight.tokens, 0, straight.from, first);
  Tokens other = straight.tokens;
  other[straight.from] = (other[straight.from] + 1) % straight.model.info.vocab;
  Logits logits = straight.model.empty(other);
  session.prefill(other, straight.from, other.size(), logits);
  int64_t kept = -1;
  const Tokens &tokens = straight.tokens;
  session.expect(library.session_reuse(session.get(), tokens.data(), tokens.size(), &kept), "reuse");
  if (kept != int64_t(straight.from) || library.session_position(session.get()) != kept)
    fail("reuse: expected " + std::to_string(straight.from) + " tokens kept, got " + std::to_string(kept));
  if (straight.from != tokens.size() - 1)
    checkpointsAt(tokens.size() - 1);
  straight.check(session, "a reused session");
  session.expect(library.session_reuse(session.get(), tokens.data(), tokens.size(), &kept), "reuse");
  if (kept != int64_t(tokens.size()) - 1)
    fail("reuse of the same prompt: expected all but one token kept, got " + std::to_string(kept));
}

} // namespace

void checkSession(const Model &model, const Tokens &tokens, const std::string &file) {
  for (size_t from : {size_t(1), tokens.size() / 2, tokens.size() - 1}) {
    Continuation straight(model, tokens, from);
    Session again = straight.start();
    straight.check(again, "a second session");
    checkSnapshot(straight);
    checkFork(straight);
    checkRollback(straight);
    checkFile(straight, file);
    checkReuse(straight);
  }
  std::printf("%s: snapshot, restore, fork, rollback, reset, save, load, reuse: the same bits\n", model.info.isa);
}

} // namespace braid::check
