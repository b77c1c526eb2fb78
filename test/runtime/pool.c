// SPDX-License-Identifier: Apache-2.0
/// \file
/// The thread pool: each index once, whatever the count, the threads and the pauses between jobs.
#include "runtime/src/internal.h"
#include "test/runtime/support.h"
#include <fenv.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MOST = 1001 };

typedef struct tally {
  int32_t counts[MOST]; // plain: an index that ran twice at once is a race that the sanitizer sees
  int64_t factor, results[MOST];
} tally;

static void count(const void *args, int64_t index) {
  tally *t = (tally *)args;
  t->counts[index] += 1;
  t->results[index] = index * t->factor;
}

static void run_and_check(braid_pool *pool, tally *t, int64_t n) {
  memset(t, 0, sizeof *t);
  t->factor = n + 3;
  braid_pool_run(pool, count, t, n);
  for (int64_t i = 0; i < MOST; ++i) {
    CHECK(t->counts[i] == (i < n));
    CHECK(t->results[i] == (i < n ? i * (n + 3) : 0));
  }
}

static braid_pool *open_pool(int32_t threads, bool pin, int32_t spin_us) {
  braid_status status = BRAID_OK;
  braid_pool *pool = braid_pool_create(threads, pin, spin_us, &status);
  CHECK(pool != NULL && status == BRAID_OK);
  return pool;
}

/// All counts 0 .. 1000 on 1 to 4 threads; spinning, or asleep at once; pinned or not.
void test_pool(void) {
  tally *t = malloc(sizeof *t);
  for (int32_t threads = 1; threads <= 4; ++threads)
    for (int32_t spin = -1; spin <= 0; ++spin) {
      braid_pool *pool = open_pool(threads, threads % 2, spin);
      run_and_check(pool, t, -1);
      for (int64_t n = 0; n <= 1000; ++n)
        run_and_check(pool, t, n);
      braid_pool_destroy(pool);
    }
  free(t);
}

static void add(const void *args, int64_t index) { atomic_fetch_add((atomic_llong *)args, index + 1); }

/// Large counts are cut into few chunks and nothing is lost.
void test_pool_large(void) {
  for (int32_t threads = 1; threads <= 3; ++threads) {
    braid_pool *pool = open_pool(threads, false, 0);
    for (int64_t n = 100000; n < 100040; n += 13) {
      atomic_llong sum = 0;
      braid_pool_run(pool, add, &sum, n);
      CHECK(sum == n * (n + 1) / 2);
    }
    braid_pool_destroy(pool);
  }
}

/// Pauses around the spin time put threads to sleep at every point of a job; a wake is never lost.
void test_pool_sleep(void) {
  tally *t = malloc(sizeof *t);
  uint64_t seed = 7;
  for (int32_t threads = 2; threads <= 4; ++threads) {
    braid_pool *pool = open_pool(threads, false, 20);
    for (int i = 0; i < 3000; ++i) {
      run_and_check(pool, t, (int64_t)random_below(&seed, 20));
      if (i % 4 == 0)
        usleep((useconds_t)random_below(&seed, 60));
    }
    braid_pool_destroy(pool);
    for (int i = 0; i < 200; ++i) { // threads that may not have run yet
      pool = open_pool(threads, false, i % 2 ? -1 : 0);
      if (i % 3)
        run_and_check(pool, t, 5);
      braid_pool_destroy(pool);
    }
  }
  free(t);
}

/// On one CPU, and with more threads than CPUs, jobs still end soon.
void test_pool_one_cpu(void) {
  cpu_set_t one;
  CPU_ZERO(&one);
  int cpu = sched_getcpu();
  CHECK(cpu >= 0);
  CPU_SET(cpu, &one);
  CHECK(sched_setaffinity(0, sizeof one, &one) == 0);
  CHECK(braid_cpu_count() == 1);
  tally *t = malloc(sizeof *t);
  braid_pool *pool = open_pool(4, true, 0);
  for (int i = 0; i < 3000; ++i)
    run_and_check(pool, t, i % 40);
  braid_pool_destroy(pool);
  free(t);
}

static void wait_for_both(const void *args, int64_t index) {
  atomic_int *arrived = (atomic_int *)args;
  (void)index;
  atomic_fetch_add(arrived, 1);
  while (atomic_load(arrived) < 2)
    sched_yield();
}

static void divide(const void *args, int64_t index) {
  double *results = (double *)args;
  volatile double one = 1, three = 3;
  results[index] = one / three;
}

static void underflow(const void *args, int64_t index) {
  double *results = (double *)args;
  volatile float small = 1e-30f, factor = 1e-10f, subnormal = 1e-40f, large = 1e30f;
  results[index] = (double)(small * factor) + (double)(subnormal * large);
}

/// Two tiles run on two threads at the same time, and every thread rounds to nearest and takes subnormal numbers for
/// zero, whatever the host program set.
void test_pool_together(void) {
  fesetround(FE_UPWARD);
  braid_pool *pool = open_pool(2, false, 0);
  for (int i = 0; i < 200; ++i) {
    atomic_int arrived = 0;
    braid_pool_run(pool, wait_for_both, &arrived, 2);
    CHECK(arrived == 2);
  }
  uint32_t saved = braid_fp_enter();
  static double results[1000];
  braid_pool_run(pool, divide, results, 1000);
  static double zeros[1000];
  for (int i = 0; i < 1000; ++i)
    zeros[i] = 1;
  braid_pool_run(pool, underflow, zeros, 1000);
  braid_fp_leave(saved);
  CHECK(fegetround() == FE_UPWARD);
  fesetround(FE_TONEAREST);
  volatile double one = 1, three = 3;
  for (int i = 0; i < 1000; ++i)
    CHECK(results[i] == one / three && zeros[i] == 0);
  braid_pool_destroy(pool);
}

/// The child of a fork has none of the pool's threads: jobs run on its one thread.
void test_pool_after_fork(void) {
  tally *t = malloc(sizeof *t);
  braid_pool *pool = open_pool(3, false, 0);
  run_and_check(pool, t, 100);
  pid_t child = fork();
  CHECK(child >= 0);
  if (child == 0) {
    for (int64_t n = 0; n < 200; ++n)
      run_and_check(pool, t, n);
    _exit(0);
  }
  int status = -1;
  CHECK(waitpid(child, &status, 0) == child && status == 0);
  braid_pool_destroy(pool);
  free(t);
}
