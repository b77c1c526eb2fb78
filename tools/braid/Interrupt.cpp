// SPDX-License-Identifier: Apache-2.0
/// \file
/// SIGINT.
#include "tools/braid/Interrupt.h"

#include <csignal>
#include <unistd.h>

namespace braid::tools {

static volatile std::sig_atomic_t isPending = 0;

static void note(int) {
  if (isPending)
    _exit(130);
  isPending = 1;
}

InterruptGuard::InterruptGuard() {
  struct sigaction action = {};
  action.sa_handler = note; // no SA_RESTART: reading a line must end as well
  sigaction(SIGINT, &action, nullptr);
}

InterruptGuard::~InterruptGuard() { std::signal(SIGINT, SIG_DFL); }

bool InterruptGuard::pending() { return isPending; }

bool InterruptGuard::take() {
  bool was = isPending;
  isPending = 0;
  return was;
}

} // namespace braid::tools
