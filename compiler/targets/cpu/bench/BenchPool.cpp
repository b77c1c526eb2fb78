// SPDX-License-Identifier: Apache-2.0
/// \file
/// The spinning pool: a generation starts the workers, each takes the tasks of its lane and then those of others, and a
/// counter collects the workers.
#include "compiler/targets/cpu/bench/BenchPool.h"

namespace braid::cpu {

/// Pins the calling thread to the CPU of that index among those of `before`.
void BenchPool::pin(int index) {
  int cpu = -1;
  for (int left = index % std::max(1, CPU_COUNT(&before)); left >= 0 && ++cpu < CPU_SETSIZE;)
    left -= CPU_ISSET(cpu, &before);
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(cpu, &set);
  sched_setaffinity(0, sizeof set, &set);
}

BenchPool::BenchPool(int threads) : count(threads), lanes(new Lane[threads]) {
  CPU_ZERO(&before);
  sched_getaffinity(0, sizeof before, &before);
  pin(0);
  for (int i = 1; i < threads; ++i)
    workers.emplace_back([this, i] { work(i); });
}

BenchPool::~BenchPool() {
  stop = true;
  generation.value.fetch_add(1, std::memory_order_release);
  for (std::thread &worker : workers)
    worker.join();
  sched_setaffinity(0, sizeof before, &before);
}

braid_call BenchPool::call() {
  braid_call call = {};
  call.parallel = parallel;
  call.pool = this;
  call.threads = count;
  return call;
}

void BenchPool::drain(int index) {
  for (int of = 0; of < count; ++of) {
    Lane &lane = lanes[(index + of) % count];
    for (int64_t i; (i = lane.next.fetch_add(1, std::memory_order_relaxed)) < lane.end;)
      task(args, i);
  }
}

void BenchPool::work(int index) {
  pin(index);
  int64_t seen = 0;
  while (true) {
    while (generation.value.load(std::memory_order_acquire) == seen)
      __builtin_ia32_pause();
    ++seen;
    if (stop)
      return;
    drain(index);
    finished.value.fetch_add(1, std::memory_order_release);
  }
}

void BenchPool::parallel(void *self, braid_task task, const void *args, int64_t n) {
  BenchPool &pool = *static_cast<BenchPool *>(self);
  if (n == 1 || pool.workers.empty()) {
    for (int64_t i = 0; i < n; ++i)
      task(args, i);
    return;
  }
  pool.task = task;
  pool.args = args;
  for (int lane = 0; lane < pool.count; ++lane) {
    pool.lanes[lane].next.store(n * lane / pool.count, std::memory_order_relaxed);
    pool.lanes[lane].end = n * (lane + 1) / pool.count;
  }
  pool.finished.value.store(0, std::memory_order_relaxed);
  pool.generation.value.fetch_add(1, std::memory_order_release);
  pool.drain(0);
  while (pool.finished.value.load(std::memory_order_acquire) != int64_t(pool.workers.size()))
    __builtin_ia32_pause();
}

} // namespace braid::cpu
