// SPDX-License-Identifier: Apache-2.0
/// \file
/// The thread pool: one fork-join costs a few cache-line transfers while the threads are awake.
///
/// A job is cut into chunks. `ticket` holds the number of chunks (high half) and the next one (low half): who adds one
/// to it and got a number below the count owns that chunk; the first is the caller's without asking. Holding a chunk
/// keeps the job open, since the caller waits until all are finished, so the job's fields may be read after a ticket was
/// drawn. A thread that comes late draws nothing, or a chunk of a newer job, and both are right: the caller never waits
/// for a thread that took no part, and does everything alone where the others sleep or have no CPU.
#include "runtime/src/internal.h"
#include <limits.h>
#include <linux/futex.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { CHUNKS_PER_THREAD = 16, DEFAULT_SPIN_US = 500, CALLER_SPIN_US = 100, SPINS_PER_CLOCK = 64 };

struct braid_pool {
  // What a job publishes, in one cache line.
  _Alignas(64) _Atomic uint64_t ticket;
  _Atomic uint32_t epoch;    // futex that idle workers sleep on: changes when they are to wake
  _Atomic uint32_t sleepers; // workers that may sleep; set to zero by who wakes them
  atomic_bool stop;
  braid_task fn;
  const void *args;
  int64_t n;
  // How a job's end is seen.
  _Alignas(64) _Atomic uint32_t finished; // futex: chunks that workers have ever finished; never reset, may wrap
  _Atomic uint32_t caller_sleeps;
  // The caller's own, and what never changes.
  _Alignas(64) uint32_t awaited; // `finished` at the end of all jobs so far
  int32_t threads, started;
  int64_t worker_spin_us, caller_spin_us;
  pthread_t workers[BRAID_MAX_THREADS];
};

static void cpu_pause(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#else
  __asm__ volatile("" ::: "memory");
#endif
}

static int64_t now_us(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static void futex_wait(_Atomic uint32_t *word, uint32_t value) {
  syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, value, NULL, NULL, 0);
}

static void futex_wake_all(_Atomic uint32_t *word) {
  syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL, 0);
}

static bool ticket_is_open(uint64_t ticket) { return (uint32_t)ticket < (uint32_t)(ticket >> 32); }

/// Runs the chunks from `ticket`, which is open, until none is left to draw. Returns how many.
static uint32_t run_chunks(braid_pool *pool, uint64_t ticket) {
  braid_task fn = pool->fn;
  const void *args = pool->args;
  int64_t chunks = (int64_t)(ticket >> 32), each = pool->n / chunks, more = pool->n % chunks;
  for (uint32_t done = 1;; ++done) {
    int64_t chunk = (uint32_t)ticket;
    int64_t begin = chunk * each + (chunk < more ? chunk : more), end = begin + each + (chunk < more);
    for (int64_t i = begin; i < end; ++i)
      fn(args, i);
    if (chunk + 1 == chunks || !ticket_is_open(atomic_load_explicit(&pool->ticket, memory_order_relaxed)))
      return done; // a look costs less than a useless draw
    ticket = atomic_fetch_add_explicit(&pool->ticket, 1, memory_order_acq_rel);
    if (!ticket_is_open(ticket))
      return done;
  }
}

/// A worker's share of a job. Returns whether there was one.
static bool take_part(braid_pool *pool) {
  if (!ticket_is_open(atomic_load_explicit(&pool->ticket, memory_order_relaxed)))
    return false;
  uint64_t ticket = atomic_fetch_add_explicit(&pool->ticket, 1, memory_order_acq_rel);
  if (!ticket_is_open(ticket))
    return false;
  uint32_t done = run_chunks(pool, ticket);
  // Sequentially consistent: the caller announces its sleep, then looks at `finished` again.
  atomic_fetch_add(&pool->finished, done);
  if (atomic_load(&pool->caller_sleeps))
    futex_wake_all(&pool->finished);
  return true;
}

static void *worker_main(void *argument) {
  braid_pool *pool = argument;
  prctl(PR_SET_NAME, "braid");
  braid_fp_enter();
  int64_t idle_since = -1;
  for (uint32_t spins = 0;; ++spins) {
    if (atomic_load_explicit(&pool->stop, memory_order_acquire))
      return NULL;
    if (take_part(pool)) {
      idle_since = -1;
      spins = 0;
      continue;
    }
    cpu_pause();
    if (spins % SPINS_PER_CLOCK != SPINS_PER_CLOCK - 1)
      continue;
    int64_t now = now_us();
    if (idle_since < 0)
      idle_since = now;
    if (now - idle_since < pool->worker_spin_us)
      continue;
    // The caller publishes a ticket and then looks for sleepers; here it is the other way round, so one sees the other.
    uint32_t seen = atomic_load(&pool->epoch);
    atomic_fetch_add(&pool->sleepers, 1);
    if (!ticket_is_open(atomic_load(&pool->ticket)) && !atomic_load(&pool->stop))
      futex_wait(&pool->epoch, seen);
    idle_since = -1;
  }
}

void braid_pool_wake(braid_pool *pool) {
  if (!atomic_load(&pool->sleepers))
    return;
  // Who was counted until here read `epoch` before: it is either woken, or refused sleep since the epoch changed.
  atomic_store(&pool->sleepers, 0);
  atomic_fetch_add(&pool->epoch, 1);
  futex_wake_all(&pool->epoch);
}

/// Spins for a while and then sleeps until `finished` has the value.
static void wait_for_others(braid_pool *pool, uint32_t value) {
  int64_t since = -1;
  for (uint32_t spins = 1;; ++spins) {
    if (atomic_load_explicit(&pool->finished, memory_order_acquire) == value)
      return;
    cpu_pause();
    if (spins % SPINS_PER_CLOCK != 0)
      continue;
    int64_t now = now_us();
    if (since < 0)
      since = now;
    if (now - since < pool->caller_spin_us)
      continue;
    atomic_store(&pool->caller_sleeps, 1);
    uint32_t finished = atomic_load(&pool->finished);
    if (finished != value)
      futex_wait(&pool->finished, finished);
    atomic_store(&pool->caller_sleeps, 0);
  }
}

void braid_pool_run(void *handle, braid_task fn, const void *args, int64_t n) {
  braid_pool *pool = handle;
  if (n <= 1 || pool->threads == 1) {
    for (int64_t i = 0; i < n; ++i)
      fn(args, i);
    return;
  }
  int64_t most = (int64_t)pool->threads * CHUNKS_PER_THREAD;
  uint32_t chunks = (uint32_t)(n < most ? n : most);
  pool->fn = fn;
  pool->args = args;
  pool->n = n;
  uint64_t first = (uint64_t)chunks << 32;
  atomic_store(&pool->ticket, first + 1);
  braid_pool_wake(pool);
  pool->awaited += chunks - run_chunks(pool, first);
  wait_for_others(pool, pool->awaited);
}

/// Binds a worker to the CPU of that rank in the process's set, the first being left to the caller.
static void pin_worker(pthread_t thread, int32_t rank) {
  cpu_set_t allowed, one;
  CPU_ZERO(&allowed);
  if (sched_getaffinity(0, sizeof allowed, &allowed) != 0 || CPU_COUNT(&allowed) <= rank)
    return; // fewer CPUs than threads: binding would only hurt
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu)
    if (CPU_ISSET(cpu, &allowed) && rank-- == 0) {
      CPU_ZERO(&one);
      CPU_SET(cpu, &one);
      pthread_setaffinity_np(thread, sizeof one, &one);
      return;
    }
}

braid_pool *braid_pool_create(int32_t threads, bool pin, int32_t spin_us, braid_status *status) {
  braid_pool *pool = aligned_alloc(_Alignof(braid_pool), sizeof *pool);
  if (!pool) {
    *status = BRAID_ERROR_MEMORY;
    return NULL;
  }
  *pool = (braid_pool){.threads = threads};
  // With more threads than CPUs spinning only keeps the one that has work from running.
  bool crowded = threads > braid_cpu_count();
  pool->worker_spin_us = spin_us < 0 || crowded ? 0 : spin_us ? spin_us : DEFAULT_SPIN_US;
  pool->caller_spin_us = crowded ? 0 : CALLER_SPIN_US;

  // Workers inherit a mask without signals: those belong to the host program's threads.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, 2 << 20);
  bool started = true;
  for (int32_t i = 1; started && i < threads; ++i) {
    started = pthread_create(&pool->workers[pool->started], &attributes, worker_main, pool) == 0;
    if (started && pin)
      pin_worker(pool->workers[pool->started], i);
    pool->started += started;
  }
  pthread_attr_destroy(&attributes);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  if (!started) {
    braid_pool_destroy(pool);
    *status = BRAID_ERROR_THREADS;
    return NULL;
  }
  return pool;
}

void braid_pool_destroy(braid_pool *pool) {
  if (!pool)
    return;
  atomic_store(&pool->stop, true);
  braid_pool_wake(pool);
  for (int32_t i = 0; i < pool->started; ++i)
    pthread_join(pool->workers[i], NULL);
  free(pool);
}
