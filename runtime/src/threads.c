// SPDX-License-Identifier: Apache-2.0
/// \file
/// The thread pool: one fork-join costs a few cache-line transfers while the threads are awake.
///
/// A job is cut into chunks, and each thread has a lane with its share of them. A lane's `ticket` holds the end of the
/// share (high half) and the next chunk (low half): who adds one to it and got a number below the end owns that chunk.
/// Threads draw from their own lane first, which costs them nothing, and then from the others'. Holding a chunk keeps
/// the job open, since the caller waits until all are done, so a lane's fields may be read after a ticket was drawn from
/// it. A thread that comes late draws nothing, or a chunk of a newer job, and both are right: the caller never waits for
/// a thread that took no part, and does everything alone where the others sleep or have no CPU.
#include "runtime/src/internal.h"
#include <limits.h>
#include <linux/futex.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { CHUNKS_PER_THREAD = 16, DEFAULT_SPIN_US = 500, CALLER_SPIN_US = 100, YIELD_AFTER_US = 20, SPINS_PER_CLOCK = 64 };

/// One thread's part; two cache lines for each direction, since neighbouring lines are fetched in pairs.
typedef struct lane {
  // Written by the caller for each job.
  _Alignas(128) _Atomic uint64_t ticket;
  braid_task fn;
  const void *args;
  int64_t n, chunks; // of the whole job
  braid_pool *pool;
  // Written by the lane's thread: chunks that it has ever done, from whatever lane; may wrap.
  _Alignas(128) _Atomic uint32_t done;
} lane;

struct braid_pool {
  _Alignas(128) _Atomic uint32_t sleepers; // workers that may sleep; set to zero by who wakes them
  _Atomic uint32_t epoch;                  // futex that idle workers sleep on: changes when they are to wake
  _Atomic uint32_t caller_sleeps;
  _Atomic uint32_t caller_epoch; // futex that the caller sleeps on
  atomic_bool stop;
  int32_t threads;
  int64_t worker_spin_us, caller_spin_us;
  // The caller's own.
  _Alignas(128) uint32_t awaited; // the workers' `done` together at the end of all jobs so far
  int32_t started;
  pthread_t workers[BRAID_MAX_THREADS];
  lane lanes[]; // [threads], the caller's first
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

/// Runs chunks of the lane from `ticket` on, which was drawn from it and is open, until none is left. Returns how many.
static uint32_t run_chunks(lane *from, uint64_t ticket) {
  braid_task fn = from->fn;
  const void *args = from->args;
  int64_t each = from->n / from->chunks, more = from->n % from->chunks;
  for (uint32_t done = 1;; ++done) {
    int64_t chunk = (uint32_t)ticket;
    int64_t begin = chunk * each + (chunk < more ? chunk : more), end = begin + each + (chunk < more);
    for (int64_t i = begin; i < end; ++i)
      fn(args, i);
    if ((uint32_t)ticket + 1 == (uint32_t)(ticket >> 32))
      return done; // that was the last one
    ticket = atomic_fetch_add_explicit(&from->ticket, 1, memory_order_acq_rel);
    if (!ticket_is_open(ticket))
      return done;
  }
}

/// Draws from a lane and runs what it can. Returns how many chunks.
static uint32_t serve(lane *from) {
  if (!ticket_is_open(atomic_load_explicit(&from->ticket, memory_order_relaxed)))
    return 0; // a look costs less than a useless draw
  uint64_t ticket = atomic_fetch_add_explicit(&from->ticket, 1, memory_order_acq_rel);
  return ticket_is_open(ticket) ? run_chunks(from, ticket) : 0;
}

/// Adds to a worker's `done`, after which the job may be over, and wakes the caller if it sleeps.
static void report(lane *own, uint32_t chunks) {
  if (chunks == 0)
    return;
  // Sequentially consistent: the caller announces its sleep, then looks at `done` again.
  atomic_store(&own->done, atomic_load_explicit(&own->done, memory_order_relaxed) + chunks);
  if (atomic_load(&own->pool->caller_sleeps)) {
    atomic_fetch_add(&own->pool->caller_epoch, 1);
    futex_wake_all(&own->pool->caller_epoch);
  }
}

/// A worker's share of a job, and what it finds in other lanes then. Returns whether it had a share.
static bool take_part(lane *own) {
  uint32_t chunks = serve(own);
  if (chunks == 0)
    return false;
  report(own, chunks);
  braid_pool *pool = own->pool;
  int32_t rank = (int32_t)(own - pool->lanes);
  for (int32_t i = 1; i < pool->threads; ++i)
    report(own, serve(&pool->lanes[(rank + i) % pool->threads]));
  return true;
}

static void *worker_main(void *argument) {
  lane *own = argument;
  braid_pool *pool = own->pool;
  prctl(PR_SET_NAME, "braid");
  braid_fp_enter();
  int64_t idle_since = -1;
  for (uint32_t spins = 1;; ++spins) {
    if (take_part(own)) {
      idle_since = -1;
      spins = 0;
      continue;
    }
    cpu_pause();
    if (spins % SPINS_PER_CLOCK != 0)
      continue;
    if (atomic_load(&pool->stop))
      return NULL;
    int64_t now = now_us();
    if (idle_since < 0)
      idle_since = now;
    if (now - idle_since < pool->worker_spin_us) {
      if (now - idle_since > YIELD_AFTER_US)
        sched_yield(); // on a busy machine the caller may be waiting for this very CPU
      continue;
    }
    // The caller publishes tickets and then looks for sleepers; here it is the other way round, so one sees the other.
    uint32_t seen = atomic_load(&pool->epoch);
    atomic_fetch_add(&pool->sleepers, 1);
    if (!ticket_is_open(atomic_load(&own->ticket)) && !atomic_load(&pool->stop))
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

static bool all_done(const braid_pool *pool, memory_order order) {
  uint32_t done = 0;
  for (int32_t i = 1; i < pool->threads; ++i)
    done += atomic_load_explicit(&pool->lanes[i].done, order);
  return done == pool->awaited;
}

/// Spins for a while, then sleeps, until the workers have done what is awaited.
static void wait_for_others(braid_pool *pool) {
  int64_t since = -1;
  for (uint32_t spins = 1; !all_done(pool, memory_order_acquire); ++spins) {
    cpu_pause();
    if (spins % SPINS_PER_CLOCK != 0)
      continue;
    int64_t now = now_us();
    if (since < 0)
      since = now;
    if (now - since < pool->caller_spin_us)
      continue;
    atomic_store(&pool->caller_sleeps, 1);
    uint32_t seen = atomic_load(&pool->caller_epoch);
    if (!all_done(pool, memory_order_seq_cst))
      futex_wait(&pool->caller_epoch, seen);
    atomic_store(&pool->caller_sleeps, 0);
  }
}

/// Fills the lanes with shares of a job; the caller's last, whose first chunk is returned as drawn.
static uint64_t publish(braid_pool *pool, braid_task fn, const void *args, int64_t n, uint32_t chunks) {
  uint32_t threads = (uint32_t)pool->threads, each = chunks / threads, more = chunks % threads;
  uint64_t end = chunks;
  for (uint32_t i = threads; i-- > 0;) {
    uint64_t begin = end - each - (i < more);
    if (begin == end)
      continue;
    lane *to = &pool->lanes[i];
    to->fn = fn;
    to->args = args;
    to->n = n;
    to->chunks = chunks;
    atomic_store_explicit(&to->ticket, end << 32 | (begin + (i == 0)), memory_order_release);
    if (i > 0)
      end = begin;
  }
  atomic_thread_fence(memory_order_seq_cst); // before the look at the sleepers
  return end << 32;
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
  uint64_t first = publish(pool, fn, args, n, chunks);
  braid_pool_wake(pool);
  uint32_t done = run_chunks(&pool->lanes[0], first);
  for (int32_t i = 1; i < pool->threads; ++i)
    done += serve(&pool->lanes[i]);
  pool->awaited += chunks - done;
  wait_for_others(pool);
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
  size_t bytes = sizeof(braid_pool) + (size_t)threads * sizeof(lane);
  braid_pool *pool = aligned_alloc(_Alignof(braid_pool), bytes);
  if (!pool) {
    *status = BRAID_ERROR_MEMORY;
    return NULL;
  }
  memset(pool, 0, bytes);
  pool->threads = threads;
  for (int32_t i = 0; i < threads; ++i)
    pool->lanes[i].pool = pool;
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
    started = pthread_create(&pool->workers[pool->started], &attributes, worker_main, &pool->lanes[i]) == 0;
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
