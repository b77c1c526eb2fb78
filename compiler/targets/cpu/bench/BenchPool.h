// SPDX-License-Identifier: Apache-2.0
/// \file
/// Pinned, spinning threads behind braid_call's `parallel`, for measurements alone: they never sleep.
#pragma once

#include "runtime/include/braid_abi.h"

#include <atomic>
#include <memory>
#include <sched.h>
#include <thread>
#include <vector>

namespace braid::cpu {

class BenchPool {
public:
  /// `threads` in all; the caller is the first one, and is pinned as well: each to one of the CPUs that the caller may
  /// run on, which it gets back at the end.
  explicit BenchPool(int threads);
  ~BenchPool();
  /// A call block that runs on this pool.
  braid_call call();
  /// braid_call.parallel.
  static void parallel(void *pool, braid_task task, const void *args, int64_t n);

private:
  void drain(int index);
  void work(int index);
  void pin(int index);

  struct alignas(64) Counter {
    std::atomic<int64_t> value{0};
  };
  int count;
  cpu_set_t before;
  /// A thread's share of the tasks, as the runtime has them: what a thread took before is in its cache.
  struct alignas(128) Lane {
    std::atomic<int64_t> next{0};
    int64_t end = 0;
  };
  Counter generation, finished;
  std::unique_ptr<Lane[]> lanes; ///< [count]
  std::atomic<bool> stop{false};
  braid_task task = nullptr;
  const void *args = nullptr;
  std::vector<std::thread> workers;
};

} // namespace braid::cpu
