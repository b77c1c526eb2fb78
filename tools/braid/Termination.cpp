// SPDX-License-Identifier: Apache-2.0
/// \file
/// One thread waits for the signals, so that cleaning up is ordinary code and no signal handler.
#include "tools/braid/Termination.h"

#include "compiler/Unfinished.h"

#include <csignal>
#include <thread>

namespace braid::tools {

void cleanUpAtTermination() {
  std::signal(SIGXFSZ, SIG_IGN);
  sigset_t signals;
  sigemptyset(&signals);
  for (int signal : {SIGHUP, SIGINT, SIGTERM}) {
    struct sigaction action;
    // Who ignores a signal, as nohup makes a program do, goes on.
    if (!sigaction(signal, nullptr, &action) && action.sa_handler != SIG_IGN)
      sigaddset(&signals, signal);
  }
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::thread([signals] {
    int signal = 0;
    if (sigwait(&signals, &signal))
      return;
    removeUnfinished();
    std::signal(signal, SIG_DFL);
    pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
    raise(signal);
  }).detach();
}

} // namespace braid::tools
