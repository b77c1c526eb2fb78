/* SPDX-License-Identifier: Apache-2.0 */
/* braid_abi.h: what generated code and the runtime agree on. Not for users: they include braid.h.
 *
 * A compiled model is one `braid_module` symbol (`braid_module_data`) in the shared library: shapes, the list of
 * session states, and one entry point an ISA level. The runtime owns all memory; generated code owns none, allocates
 * nothing and does no I/O. */
#ifndef BRAID_ABI_H
#define BRAID_ABI_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define BRAID_ABI_VERSION 1

/* One tile of a kernel: `args` is the kernel's argument block, `index` in [0, n). */
typedef void (*braid_task)(const void *args, int64_t index);

/* Rows are interleaved in granules of so many. */
#define BRAID_GRANULE 16

/* Rows of a ring that holds `window` rows behind every token of a call of at most max_tokens while that call writes its
 * own. Tasks write whole granules: a call's rows must not come round to the granule that they began in. */
static inline int64_t braid_ring_rows(int64_t window, int64_t max_tokens) {
  int64_t beside = window < BRAID_GRANULE - 1 ? BRAID_GRANULE - 1 : window;
  return (beside + max_tokens + BRAID_GRANULE - 1) / BRAID_GRANULE * BRAID_GRANULE;
}

/* Where one state of a session lives. `rows` is the number of rows of each plane (row states), a multiple of 16. */
typedef struct braid_state {
  uint8_t *data; /* 64-byte aligned */
  int64_t rows;
} braid_state;

/* What one call of a compiled step reads and writes. Field order is part of the ABI: generated code loads by offset. */
typedef struct braid_call {
  /* Runs fn(args, 0..n-1), on any threads, in any order, and returns when all are done. n = 1 runs inline. */
  void (*parallel)(void *pool, braid_task fn, const void *args, int64_t n); /*  0 */
  void *pool;                                                               /*  8 */
  const uint8_t *weights;    /* 16: payload of the mapped .weights file, 64-byte aligned */
  const braid_state *states; /* 24: braid_module.state_count entries */
  uint8_t *arena;            /* 32: braid_module.arena_bytes of scratch, 64-byte aligned */
  const int32_t *tokens;     /* 40: count ids, each in [0, vocab) (checked by the runtime) */
  int64_t count;             /* 48: tokens of this call, 1 .. max_tokens */
  int64_t position;          /* 56: absolute position of tokens[0] */
  float *logits;             /* 64: [logit_rows][vocab] */
  int64_t logit_rows;        /* 72: 0 .. count: logits of the last logit_rows tokens are written */
  int64_t threads;           /* 80: threads behind `parallel`: a hint for splitting work, never for results */
} braid_call;

typedef void (*braid_step)(const braid_call *call);

typedef enum braid_state_kind {
  BRAID_STATE_ROWS = 0, /* `planes` planes of `rows` rows of `row_bytes`: row p % rows of each plane belongs to position p.
                           Rows are interleaved in granules of 16: copy whole granules. */
  BRAID_STATE_FIXED = 1 /* `row_bytes` bytes in all, independent of the position */
} braid_state_kind;

typedef struct braid_state_desc {
  const char *name; /* "layers.3.kv" */
  int32_t kind;     /* braid_state_kind */
  int32_t window;   /* 0: rows for every position; else only the last `window` positions are ever read again */
  int64_t planes;
  int64_t row_bytes; /* a multiple of 2 */
} braid_state_desc;

/* CPU features that an entry needs, as bits of `braid_isa.features`. */
enum {
  BRAID_CPU_X86_64_V3 = 1 << 0, /* AVX2, FMA, BMI2, F16C, LZCNT, MOVBE */
  BRAID_CPU_X86_64_V4 = 1 << 1, /* AVX-512 F, BW, CD, DQ, VL */
  BRAID_CPU_AVX512_VNNI = 1 << 2,
  BRAID_CPU_AVX512_BF16 = 1 << 3,
  BRAID_CPU_AVX512_VBMI = 1 << 4
};

typedef struct braid_isa {
  const char *name;   /* "x86-64-v4" */
  uint64_t features;  /* all must be present */
  braid_step step;
} braid_isa;

typedef struct braid_module {
  uint32_t abi_version; /* BRAID_ABI_VERSION */
  uint32_t flags;       /* 0 */
  const char *name;     /* C identifier of the model */
  const char *manifest; /* JSON text of manifest.json */
  int64_t vocab;
  int64_t max_tokens;    /* most tokens one call may take */
  int64_t max_positions; /* the model's context length */
  int64_t arena_bytes;
  int64_t weights_bytes; /* payload bytes */
  uint64_t weights_hash; /* hash of layout and contents: must equal the file's */
  int64_t state_count;
  const braid_state_desc *states;
  int64_t isa_count; /* best first: the first one whose features are present is used */
  const braid_isa *isas;
} braid_module;

extern const braid_module braid_module_data;

/* Head of a .weights file, 4096 bytes in all (rest zero); the payload follows. Little-endian. */
typedef struct braid_weights_header {
  char magic[8]; /* "BRAIDWTS" */
  uint32_t version; /* 1 */
  uint32_t header_bytes; /* 4096 */
  uint64_t payload_bytes;
  uint64_t weights_hash; /* of names, shapes, layouts and offsets, and of the payload: of one compile's files alone */
} braid_weights_header;

/* A file that braid_session_save writes. Little-endian; the body follows the head at once:
 *   int32_t tokens[position], zeros up to a multiple of 8 bytes;
 *   for each state of the module: int64_t oldest (first position that a ring still holds, else 0), then its bytes:
 *     rows:  of each plane its first min(roundup16(position), rows of a full ring) rows, in whole granules of 16;
 *     fixed: row_bytes bytes;
 *   each padded with zeros to a multiple of 8 bytes. `checksum` covers the head (with checksum = 0) and the body. */
typedef struct braid_save_header {
  char magic[8];         /* "BRAIDSES" */
  uint32_t version;      /* 1 */
  uint32_t header_bytes; /* 256 */
  uint32_t abi_version;  /* BRAID_ABI_VERSION */
  uint32_t state_count;
  uint64_t weights_hash;  /* braid_module.weights_hash */
  uint64_t weights_print; /* hash of samples of the weights: tells fine-tunes of one layout apart */
  uint64_t states_hash;   /* hash of the state descriptions, max_tokens and vocab */
  int64_t position;
  uint64_t body_bytes;
  uint64_t checksum;
  char module[184]; /* braid_module.name, cut to 183 bytes, rest zero */
} braid_save_header;

#ifdef __cplusplus
}
#endif
#endif
