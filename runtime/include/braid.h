/* SPDX-License-Identifier: Apache-2.0 */
/* braid.h: the whole C interface of a model library that Braid compiled. C11 and C++.
 *
 *   braid_model *model;  braid_session *session;  braid_error error;
 *   braid_model_create(NULL, NULL, &model, &error);
 *   braid_session_create(model, 2048, &session, &error);
 *   braid_session_prefill(session, prompt, prompt_count, logits, 1);
 *   while (...) braid_session_decode(session, token, logits);
 *
 * Errors. A function that can fail returns a braid_status, and BRAID_OK is 0. The sentence that explains a failure is
 * written to the braid_error that a creating function takes (NULL: not wanted), and is kept by the session for
 * functions on a session (braid_session_message). A function that fails changes nothing, unless it says otherwise.
 *
 * Threads. There are no globals. A session is used by one thread at a time. Several sessions of one model may be used
 * by several threads: they share the model's thread pool and scratch memory, so their steps take turns (a lock).
 * To step sessions side by side create several models: the weights in memory are shared.
 *
 * Memory and time. prefill and decode allocate nothing and do no I/O. All pointers that a caller passes in stay the
 * caller's; whatever a `create` or `fork` returned is given back to the `destroy` of the same noun (NULL is allowed).
 *
 * Same inputs, library, ISA level and thread count: same bits. */
#ifndef BRAID_H
#define BRAID_H

#include <stdint.h>

#if defined(__GNUC__)
#define BRAID_API __attribute__((visibility("default")))
#else
#define BRAID_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

typedef struct braid_model braid_model;       /* a compiled model with its weights mapped and its thread pool */
typedef struct braid_session braid_session;   /* one sequence of tokens and its states */
typedef struct braid_snapshot braid_snapshot; /* a copy of a session's states at one position */
struct braid_module;                          /* what the compiler generated: see braid_abi.h */

typedef enum braid_status {
  BRAID_OK = 0,
  BRAID_ERROR_ARGUMENT = 1, /* NULL where a pointer is needed, a count out of its range */
  BRAID_ERROR_TOKEN = 2,    /* a token id outside [0, vocab) */
  BRAID_ERROR_CAPACITY = 3, /* more positions than the session or the model has room for */
  BRAID_ERROR_MEMORY = 4,   /* the system gave no memory */
  BRAID_ERROR_IO = 5,       /* a file could not be opened, read, written or renamed */
  BRAID_ERROR_FORMAT = 6,   /* not a file of the expected kind and version */
  BRAID_ERROR_CORRUPT = 7,  /* such a file, but cut short or damaged */
  BRAID_ERROR_MISMATCH = 8, /* a sound file or snapshot, but of another model */
  BRAID_ERROR_ISA = 9,      /* no code for this CPU, or not for the level that was asked for */
  BRAID_ERROR_ABI = 10,     /* generated code and runtime disagree on the version of braid_abi.h */
  BRAID_ERROR_ROLLBACK = 11, /* a state does not reach back that far: restore a snapshot instead */
  BRAID_ERROR_THREADS = 12  /* a thread could not be started */
} braid_status;

/* Text of a failure: one sentence, in English, always ends in a zero; empty after success. */
typedef struct braid_error {
  char text[512];
} braid_error;

/* The ABI version (BRAID_ABI_VERSION) that this library was built with. Any thread. */
BRAID_API uint32_t braid_abi_version(void);
/* The runtime's version, "0.1.0". A constant. Any thread. */
BRAID_API const char *braid_version_text(void);
/* "ok", "argument", "token", ...; "unknown" for other values. A constant. Any thread. */
BRAID_API const char *braid_status_name(braid_status status);

/* ---- model ------------------------------------------------------------------------------------------------------ */

enum {
  BRAID_MODEL_PIN_THREADS = 1 << 0, /* bind each pool thread to a CPU of its own (the caller's thread is left alone) */
  BRAID_MODEL_COPY_WEIGHTS = 1 << 1 /* read the weights into private memory in huge pages, rather than map the file:
                                       slower to load, not shared between processes, fewer TLB misses */
};

/* Start from BRAID_MODEL_OPTIONS_INIT; zero means the default everywhere. */
typedef struct braid_model_options {
  uint32_t struct_bytes; /* sizeof(braid_model_options) */
  int32_t threads;       /* threads of a step, the caller's one included: 0 = one for each CPU of this process; 1..256 */
  const char *isa;       /* "x86-64-v3", ...: this level and no other; NULL = the best one that the CPU has */
  uint32_t flags;        /* BRAID_MODEL_* */
  int32_t spin_us;       /* how long an idle pool thread spins before it sleeps: 0 = 500, negative = not at all */
} braid_model_options;

#define BRAID_MODEL_OPTIONS_INIT {(uint32_t)sizeof(braid_model_options), 0, 0, 0, 0}

/* What braid_model_describe tells. Strings belong to the model. */
typedef struct braid_model_info {
  uint32_t struct_bytes; /* sizeof(braid_model_info), set by the caller */
  int32_t threads;       /* threads of a step, the caller's one included */
  const char *name;      /* "smollm2" */
  const char *isa;       /* the ISA level in use, "x86-64-v4" */
  const char *manifest;  /* JSON text of manifest.json */
  int64_t vocab;         /* token ids are in [0, vocab); a row of logits has vocab floats */
  int64_t max_positions; /* context length: the largest capacity of a session */
  int64_t max_tokens;    /* prefill goes through the model in pieces of at most so many tokens */
  int64_t weights_bytes; /* size of the mapped weights */
  int64_t arena_bytes;   /* scratch memory, once for each model */
} braid_model_info;

/* Loads the model of this library: checks and maps its weights, picks the ISA level, starts the threads.
 * weights: path of the .weights file; NULL = <name>.weights in the folder of this library. The file must not be
 *          changed in place while the model lives (replacing it by a rename is fine).
 * options: NULL = all defaults. error: NULL = text not wanted. On failure *model is NULL.
 * Errors: ARGUMENT, IO, FORMAT, CORRUPT, MISMATCH (weights of another compile), ISA, ABI, MEMORY, THREADS. Any thread. */
BRAID_API braid_status braid_model_create(const char *weights, const braid_model_options *options, braid_model **model,
                                          braid_error *error);
/* The same for a module given by address: for programs that link several models into one binary. */
BRAID_API braid_status braid_model_create_for(const struct braid_module *module, const char *weights,
                                              const braid_model_options *options, braid_model **model,
                                              braid_error *error);
/* Gives the model back. Its memory goes when its last session is destroyed. Any thread. */
BRAID_API void braid_model_destroy(braid_model *model);
/* Fills *info (as far as info->struct_bytes reaches). Any thread. */
BRAID_API void braid_model_describe(const braid_model *model, braid_model_info *info);
/* Bytes that a session of so many positions takes (0 = the context length); -1 if there can be no such session.
 * Memory of positions not yet used is reserved, not touched. Any thread. */
BRAID_API int64_t braid_model_session_bytes(const braid_model *model, int64_t capacity);

/* ---- session ---------------------------------------------------------------------------------------------------- */

/* An empty session with room for `capacity` positions, 1 .. max_positions; 0 = max_positions.
 * Errors: ARGUMENT, CAPACITY, MEMORY; *session is then NULL. Any thread. */
BRAID_API braid_status braid_session_create(braid_model *model, int64_t capacity, braid_session **session,
                                            braid_error *error);
BRAID_API void braid_session_destroy(braid_session *session);
/* Why the last call on this session that failed did so; "" if none did. Valid until the next call on the session. */
BRAID_API const char *braid_session_message(const braid_session *session);
/* Tokens evaluated so far: the position of the next one. */
BRAID_API int64_t braid_session_position(const braid_session *session);
BRAID_API int64_t braid_session_capacity(const braid_session *session);
/* Bytes that the session owns: as braid_model_session_bytes. */
BRAID_API int64_t braid_session_bytes(const braid_session *session);
/* The tokens evaluated so far, [position]; valid until the next call on the session. */
BRAID_API const int32_t *braid_session_history(const braid_session *session);

/* Evaluates tokens[n], n >= 1, and advances the position by n.
 * logits: [logit_rows][vocab] floats, row-major, of the last logit_rows tokens; logit_rows is 0 .. n, and 0 allows NULL.
 * Any split of a prompt into calls gives the same logits (within the tolerance that the model's manifest prints).
 * Errors: ARGUMENT, TOKEN, CAPACITY. Waits while another session of the model steps. */
BRAID_API braid_status braid_session_prefill(braid_session *session, const int32_t *tokens, int64_t n, float *logits,
                                             int64_t logit_rows);
/* Evaluates one token: prefill with n = 1. logits: [vocab] floats, or NULL if not wanted. */
BRAID_API braid_status braid_session_decode(braid_session *session, int32_t token, float *logits);

/* Takes back the last n tokens, 0 .. position. All of them (n = position) always works. Otherwise:
 * states that hold a row for each position go back any distance in O(1); states with a sliding window as far as their
 * ring still holds the window; recurrent states go back to a checkpoint, and the tokens between it and the target are
 * read again: at most one interval of them while the checkpoints suffice (braid_session_checkpoints).
 * Errors: ARGUMENT, ROLLBACK. */
BRAID_API braid_status braid_session_rollback(braid_session *session, int64_t n);
/* Takes back everything: position 0. Cannot fail. */
BRAID_API void braid_session_reset(braid_session *session);
/* Readies the session for the prompt tokens[n], n >= 1, of which it may have seen a beginning: rolls back to the
 * longest common prefix with its history (of a recurrent model: to the last checkpoint in it, unless all of the history
 * is common), leaving at least one token to evaluate, and sets *kept to its length.
 * Where the states cannot go back that far it starts afresh, *kept = 0. Then prefill tokens[*kept .. n).
 * Errors: ARGUMENT. */
BRAID_API braid_status braid_session_reuse(braid_session *session, const int32_t *tokens, int64_t n, int64_t *kept);
/* Where a session of a model with recurrent states keeps copies of them: at each multiple of `interval` positions, at most
 * `count` (beyond that older ones are thinned out). Each takes the bytes of the recurrent states, on its first use.
 * A session begins with up to 8 at intervals of 512. Drops the checkpoints that there were. A model without recurrent
 * states needs none: nothing happens. Errors: ARGUMENT, MEMORY. */
BRAID_API braid_status braid_session_checkpoints(braid_session *session, int64_t interval, int64_t count);
/* For measuring speed at a depth that would take long to read: moves on by n tokens, 0 .. capacity - position, that are
 * not evaluated. Their rows are those of the tokens before them, again and again (zeros if there are fewer than 16);
 * recurrent states stay as they are. What is evaluated next takes as long as it would after real tokens, and means
 * nothing. Errors: ARGUMENT, CAPACITY. */
BRAID_API braid_status braid_session_assume(braid_session *session, int64_t n);
/* A second session of the same model, capacity, position and states, which goes its own way; O(used state).
 * Errors: ARGUMENT, MEMORY (text in the given session's message); *copy is then NULL. */
BRAID_API braid_status braid_session_fork(braid_session *session, braid_session **copy);

/* Writes tokens and states to a file, beside the path and then renamed onto it: a reader sees the old or the new file,
 * never a part. Readable by its owner alone. The format is in braid_abi.h (braid_save_header).
 * Errors: ARGUMENT, MEMORY, IO; no file is left behind then. */
BRAID_API braid_status braid_session_save(braid_session *session, const char *path);
/* Replaces tokens and states by those of a file that braid_session_save wrote for the same model; capacities may
 * differ. The whole file is checked first (kind, model, sizes, tokens, checksum).
 * Errors: ARGUMENT, IO, FORMAT, CORRUPT, MISMATCH, CAPACITY, MEMORY. */
BRAID_API braid_status braid_session_load(braid_session *session, const char *path);

/* ---- snapshot --------------------------------------------------------------------------------------------------- */

/* A copy of the session's tokens and states, independent of the session's and the model's life; O(used state).
 * Errors: ARGUMENT, MEMORY (text in the session's message); *snapshot is then NULL. */
BRAID_API braid_status braid_snapshot_create(braid_session *session, braid_snapshot **snapshot);
/* Sets a session of the same model (any capacity that suffices) to the snapshot; as often as wanted.
 * A snapshot may be restored into several sessions at once. Errors: ARGUMENT, MISMATCH, CAPACITY. */
BRAID_API braid_status braid_snapshot_restore(const braid_snapshot *snapshot, braid_session *session);
BRAID_API void braid_snapshot_destroy(braid_snapshot *snapshot);
BRAID_API int64_t braid_snapshot_position(const braid_snapshot *snapshot);
/* Bytes that the snapshot takes. */
BRAID_API int64_t braid_snapshot_bytes(const braid_snapshot *snapshot);

#ifdef __cplusplus
}
#endif
#endif
