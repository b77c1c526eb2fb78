// SPDX-License-Identifier: Apache-2.0
/// \file
/// braid-fork-join [threads]: what one fork-join of the thread pool costs; median and 99th percentile.
#include "runtime/src/internal.h"
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { WARM = 2000, ROUNDS = 200000, SLEPT_ROUNDS = 200, LIMIT_S = 3 };

static double times[ROUNDS]; // microseconds

static double now_us(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec * 1e6 + (double)t.tv_nsec * 1e-3;
}

static int by_value(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static void empty(const void *args, int64_t index) { (void)args, (void)index; }

typedef struct meeting {
  int64_t threads;
  atomic_long arrived;
} meeting;

/// The caller's tile, which is the first, ends when other threads have begun all others: the pool's threads must come.
static void meet(const void *args, int64_t index) {
  meeting *m = (meeting *)args;
  if (index > 0)
    atomic_fetch_add_explicit(&m->arrived, 1, memory_order_relaxed);
  else
    while (atomic_load_explicit(&m->arrived, memory_order_relaxed) < m->threads - 1)
      ;
}

enum { WORK_NS = 1000 };

/// A tile of one microsecond.
static void work(const void *args, int64_t index) {
  (void)args, (void)index;
  double start = now_us();
  while (now_us() - start < WORK_NS * 1e-3)
    ;
}

static void report(const char *what, int rounds) {
  qsort(times, (size_t)rounds, sizeof *times, by_value);
  printf("%-34s median %7.3f us   p99 %7.3f us\n", what, times[rounds / 2], times[rounds * 99 / 100]);
}

typedef struct ball {
  _Alignas(128) atomic_long there;
  _Alignas(128) atomic_long back;
  _Alignas(128) int rounds;
} ball;

/// Tile 0 sends a cache line to tile 1 and waits for another: what two transfers cost is the floor of any fork-join.
static void throw_ball(const void *args, int64_t index) {
  ball *b = (ball *)args;
  if (index > 0) {
    for (long i = 1, got = 0; got >= 0; i = got + 1) {
      while ((got = atomic_load_explicit(&b->there, memory_order_acquire)) >= 0 && got < i)
        ;
      atomic_store_explicit(&b->back, got, memory_order_release);
    }
    return;
  }
  double begin = now_us(), start = begin;
  while (b->rounds < ROUNDS && start - begin < LIMIT_S * 1e6) {
    long i = b->rounds + 1;
    start = now_us();
    atomic_store_explicit(&b->there, i, memory_order_release);
    while (atomic_load_explicit(&b->back, memory_order_acquire) != i)
      ;
    times[b->rounds++] = now_us() - start;
  }
  atomic_store_explicit(&b->there, -1, memory_order_release);
}

static double once(braid_pool *pool, braid_task fn, meeting *m) {
  atomic_store_explicit(&m->arrived, 0, memory_order_relaxed);
  double start = now_us();
  braid_pool_run(pool, fn, m, m->threads);
  return now_us() - start;
}

static void measure(const char *what, braid_pool *pool, braid_task fn, meeting *m, double without) {
  double begin = now_us();
  int rounds = -WARM; // on a busy machine a meeting may wait for the scheduler: the time is bounded, not the count
  for (; rounds < ROUNDS && (rounds < 100 || now_us() - begin < LIMIT_S * 1e6); ++rounds) {
    double took = once(pool, fn, m) - without;
    times[rounds < 0 ? 0 : rounds] = took;
  }
  report(what, rounds);
}

int main(int argc, char **argv) {
  int32_t threads = argc > 1 ? atoi(argv[1]) : 2;
  braid_status status = BRAID_OK;
  braid_pool *pool = threads >= 1 && threads <= BRAID_MAX_THREADS ? braid_pool_create(threads, true, 0, &status) : NULL;
  if (!pool) {
    fprintf(stderr, "cannot start %d threads\n", threads);
    return 1;
  }
  // As the pool's threads, the caller stays on a CPU of its own: the first of the set.
  int cpus = braid_cpu_count();
  cpu_set_t set, one;
  sched_getaffinity(0, sizeof set, &set);
  CPU_ZERO(&one);
  for (int cpu = 0; cpu < CPU_SETSIZE && CPU_COUNT(&one) == 0; ++cpu)
    if (CPU_ISSET(cpu, &set))
      CPU_SET(cpu, &one);
  sched_setaffinity(0, sizeof one, &one);
  printf("%d threads on %d CPUs\n", threads, cpus);
  meeting m = {.threads = threads};
  measure("hot, empty tiles", pool, empty, &m, 0);
  measure("hot, threads meet in their tiles", pool, meet, &m, 0);
  measure("hot, tiles of 1 us, less 1 us", pool, work, &m, WORK_NS * 1e-3);
  for (int i = 0; i < SLEPT_ROUNDS; ++i) {
    usleep(2000);
    times[i] = once(pool, meet, &m);
  }
  report("after 2 ms asleep, threads meet", SLEPT_ROUNDS);
  double start = now_us();
  for (int i = 0; i < ROUNDS; ++i)
    times[i] = now_us() - start, start = now_us();
  report("(the clock itself)", ROUNDS);
  if (threads > 1) {
    static ball b;
    braid_pool_run(pool, throw_ball, &b, 2);
    report("(a cache line there and back)", b.rounds);
  }
  braid_pool_destroy(pool);
  return 0;
}
