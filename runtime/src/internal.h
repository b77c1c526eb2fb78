// SPDX-License-Identifier: Apache-2.0
/// \file
/// What the runtime's files share among themselves; nothing here is exported from a model library.
#ifndef BRAID_RUNTIME_INTERNAL_H
#define BRAID_RUNTIME_INTERNAL_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "runtime/include/braid.h"
#include "runtime/include/braid_abi.h"
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

enum { BRAID_MAX_THREADS = 256 };

// ---- status.c

/// Writes the sentence (and, in debug builds, the place) to `error` unless it is NULL. Returns `status`.
__attribute__((format(printf, 5, 6))) braid_status braid_fail_at(braid_error *error, braid_status status,
                                                                 const char *file, int line, const char *format, ...);
#ifdef __FILE_NAME__
#define BRAID_FILE __FILE_NAME__
#else
#define BRAID_FILE __FILE__
#endif
#define braid_fail(error, status, ...) braid_fail_at(error, status, BRAID_FILE, __LINE__, __VA_ARGS__)

/// Continues a 64-bit hash over `bytes` bytes, eight at a time. Not cryptographic: finds damage, not forgery.
uint64_t braid_hash(uint64_t hash, const void *data, size_t bytes);

// ---- memory.c

/// Zeroed memory at a 2 MB boundary (64 bytes when small), physical pages on first touch.
/// `bytes` may be 0. Returns NULL if there is none. Given back with the same size.
uint8_t *braid_memory_acquire(size_t bytes);
void braid_memory_release(uint8_t *data, size_t bytes);
/// Asks for huge pages, for memory that is used whole. Not for states: the first row of a plane would take, and clear,
/// a huge page, so that a short session paid for its whole capacity.
void braid_memory_prefer_huge(uint8_t *data, size_t bytes);

// ---- cpu.c

/// BRAID_CPU_* bits of this machine: what the CPU has and the operating system has switched on.
uint64_t braid_cpu_features(void);
/// Writes the names of the given feature bits, separated by ", ".
void braid_cpu_feature_names(uint64_t features, char *text, size_t bytes);
/// CPUs on which this process may run, at least 1.
int32_t braid_cpu_count(void);
/// Floating-point control as every step has it, whatever the host program set: nearest, and subnormal numbers are zero,
/// since states decay through them and some CPUs are far slower with each. `enter` returns what `leave` puts back.
uint32_t braid_fp_enter(void);
void braid_fp_leave(uint32_t saved);

// ---- threads.c

typedef struct braid_pool braid_pool;
/// A pool of `threads` threads (1 .. BRAID_MAX_THREADS), the caller of braid_pool_run being one of them.
/// spin_us: as in braid_model_options. Returns NULL and sets *status on failure.
braid_pool *braid_pool_create(int32_t threads, bool pin, int32_t spin_us, braid_status *status);
void braid_pool_destroy(braid_pool *pool);
/// Runs fn(args, i) for each i in [0, n), in any order, on any thread; returns when all are done. n <= 0: nothing.
/// One caller at a time; fn does not call it again.
void braid_pool_run(void *pool, braid_task fn, const void *args, int64_t n);
/// Wakes sleeping threads ahead of work that is about to come.
void braid_pool_wake(braid_pool *pool);

// ---- file.c

/// Reads [offset, offset + bytes) whole; false on error (errno set) or at the end of the file (errno 0).
bool braid_file_read(int fd, void *data, size_t bytes, uint64_t offset);

// ---- weights.c

typedef struct braid_weights {
  uint8_t *data;  // payload, 64-byte aligned
  uint8_t *base;  // the mapping, or the copy
  size_t bytes;   // of `base`
  bool copied;
  uint64_t print; // braid_save_header.weights_print
} braid_weights;
/// Checks and maps (or copies) the .weights file of `module`. Errors: IO, FORMAT, CORRUPT, MISMATCH, MEMORY.
braid_status braid_weights_open(const char *path, const braid_module *module, bool copy, braid_weights *weights,
                                braid_error *error);
void braid_weights_close(braid_weights *weights);

// ---- state.c

/// Rows of a plane in a session of that capacity; 0 for a fixed state.
int64_t braid_state_rows(const braid_module *module, const braid_state_desc *desc, int64_t capacity);
/// Bytes of a state with so many rows; false if they overflow.
bool braid_state_bytes(const braid_state_desc *desc, int64_t rows, size_t *bytes);
/// Bytes that braid_state_pack writes for a state at that position: the same for every capacity.
size_t braid_state_packed_bytes(const braid_module *module, const braid_state_desc *desc, int64_t position);
void braid_state_pack(const braid_module *module, const braid_state_desc *desc, const braid_state *state,
                      int64_t position, uint8_t *packed);
void braid_state_unpack(const braid_module *module, const braid_state_desc *desc, const braid_state *state,
                        int64_t position, const uint8_t *packed);
/// Copies the used part of a state into one with the same rows.
void braid_state_copy(const braid_module *module, const braid_state_desc *desc, const braid_state *from,
                      const braid_state *to, int64_t position);
/// Fills the granules behind `position`, up to `target`, with those before it, or with zeros if there are none.
void braid_state_repeat(const braid_module *module, const braid_state_desc *desc, const braid_state *state,
                        int64_t position, int64_t target);
/// Whether a state that holds positions [oldest, position) can go back to `target`, 0 < target < position.
bool braid_state_reaches(const braid_state_desc *desc, int64_t oldest, int64_t target);
/// Hash of all state descriptions, max_tokens and vocab.
uint64_t braid_states_hash(const braid_module *module);

// ---- checkpoint.c

typedef struct braid_checkpoint {
  int64_t position;
  uint8_t *data; // all fixed states, each at a multiple of 64 bytes
} braid_checkpoint;

typedef struct braid_checkpoints {
  int64_t interval, count, used; // list[0 .. used) is in order of positions
  braid_checkpoint *list;
  uint8_t *memory;
  size_t bytes; // of `memory`
} braid_checkpoints;

bool braid_has_fixed_states(const braid_module *module);
/// Bytes that so many checkpoints take.
size_t braid_checkpoints_bytes(const braid_module *module, int64_t interval, int64_t count);
/// How many a session of that capacity has unless it is told otherwise, and at which interval.
int64_t braid_checkpoints_default(const braid_module *module, int64_t capacity, int64_t *interval);
/// Replaces a session's checkpoints by room for others; false, and nothing changed, if there is no memory.
bool braid_checkpoints_acquire(braid_session *session, int64_t interval, int64_t count);
void braid_checkpoints_release(braid_session *session);
/// The next position at which a checkpoint is due: a piece of a prompt ends there. INT64_MAX if there are none.
int64_t braid_checkpoints_next(const braid_session *session);
/// Keeps the states as they are, if that is due at this position.
void braid_checkpoints_note(braid_session *session);
/// The last position, at most `target`, that can be restored; 0 always can.
int64_t braid_checkpoints_before(const braid_session *session, int64_t target);
/// Sets the fixed states to those of a checkpoint.
void braid_checkpoints_restore(braid_session *session, int64_t position);
/// Drops what lies behind a position to which the session went back.
void braid_checkpoints_forget(braid_session *session, int64_t position);
/// `to` has as many, at the same interval.
void braid_checkpoints_copy(const braid_session *from, braid_session *to);

// ---- step.c

/// Reads history[position .. target) again, in the pieces in which it was read.
void braid_session_replay(braid_session *session, int64_t target);

// ---- model.c, session.c

struct braid_model {
  const braid_module *module;
  const braid_isa *isa;
  braid_weights weights;
  braid_pool *pool;
  int32_t threads;
  uint8_t *arena;
  pthread_mutex_t step_lock; // pool and arena are one step's at a time
  atomic_long references;    // the creator's and one a session
};
void braid_model_release(braid_model *model);

struct braid_session {
  braid_model *model;
  int64_t capacity;
  int64_t position;
  int64_t bytes;
  uint8_t *memory; // all states
  size_t memory_bytes;
  braid_state *states;
  int64_t *oldest;  // [state_count] first position that a ring still holds; 0 for other states
  int32_t *history; // [capacity]
  uint8_t *begins;  // [capacity] whether a piece began there: results may depend on it in their last bits
  braid_checkpoints checkpoints;
  braid_error error;
};

// ---- snapshot.c, save.c

struct braid_snapshot {
  size_t body_bytes;
  braid_save_header header; // body_bytes bytes follow
};
/// Body size of a session of this module at that position, which is at most max_positions.
size_t braid_snapshot_body_bytes(const braid_module *module, int64_t position);
/// A snapshot with room for a body of that size and nothing set but its size; NULL if there is no memory.
braid_snapshot *braid_snapshot_allocate(size_t body_bytes);
static inline uint8_t *braid_snapshot_body(const braid_snapshot *snapshot) {
  return (uint8_t *)(snapshot + 1);
}
/// Whether a head (of a snapshot or file called `what`) belongs to this session's model, and fits. FORMAT if its
/// kind or version is unknown, MISMATCH, CAPACITY, CORRUPT if its numbers cannot be.
braid_status braid_snapshot_check_header(const braid_save_header *header, const braid_session *session,
                                         const char *what, braid_error *error);
/// Checks tokens and rings of a body whose head passed.
braid_status braid_snapshot_check_body(const braid_snapshot *snapshot, const braid_session *session, const char *what,
                                       braid_error *error);

static inline int64_t braid_round_up(int64_t value, int64_t multiple) {
  return (value + multiple - 1) / multiple * multiple;
}

#endif
