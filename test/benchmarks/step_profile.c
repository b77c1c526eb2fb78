// SPDX-License-Identifier: Apache-2.0
/// \file
/// Where the time of a compiled step goes: step_profile.py links it with the step's object code, and prints the names.
///
///   step-profile WEIGHTS ARENA_BYTES VOCAB THREADS ROUNDS POSITION TOKENS STATE...
///
/// A state is `f:BYTES:1` or `r:ROW_BYTES:PLANES`. Prints, of each fork-join of each round but the first, its number, the
/// address of its task, microseconds in it and since the one before, and its count of tasks; then the step's time.
#include "runtime/src/internal.h"
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>

extern void braid_step_0(const braid_call *call);

enum { MOST = 1 << 16, HEAD = 4096 };

typedef struct fork_join {
  braid_task fn;
  double begin, end;
  int64_t n;
} fork_join;

static fork_join list[MOST];
static int used;

static double now_us(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec * 1e6 + (double)t.tv_nsec * 1e-3;
}

static void timed(void *pool, braid_task fn, const void *args, int64_t n) {
  double begin = now_us();
  braid_pool_run(pool, fn, args, n);
  if (used < MOST)
    list[used++] = (fork_join){fn, begin, now_us(), n};
}

static uint8_t *memory(size_t bytes, int value) {
  uint8_t *data = aligned_alloc(1 << 21, (bytes + (1 << 21)) >> 21 << 21);
  if (!data) {
    fprintf(stderr, "step-profile: no memory\n");
    exit(1);
  }
  memset(data, value, bytes); // pages that nobody wrote would be one, always in cache
  return data;
}

static const uint8_t *mapped(const char *path) {
  struct stat info;
  int fd = open(path, O_RDONLY);
  void *data = fd < 0 || fstat(fd, &info) ? MAP_FAILED
                                          : mmap(NULL, (size_t)info.st_size, PROT_READ, MAP_SHARED | MAP_POPULATE, fd, 0);
  if (data == MAP_FAILED) {
    perror(path);
    exit(1);
  }
  return data;
}

int main(int argc, char **argv) {
  if (argc < 8) {
    fprintf(stderr, "usage: step-profile WEIGHTS ARENA_BYTES VOCAB THREADS ROUNDS POSITION TOKENS STATE...\n");
    return 2;
  }
  int64_t vocab = atoll(argv[3]), threads = atoll(argv[4]), rounds = atoll(argv[5]), position = atoll(argv[6]);
  int64_t tokens = atoll(argv[7]), rows = braid_round_up(position + rounds * tokens + 1, BRAID_GRANULE);
  braid_state *states = calloc((size_t)argc, sizeof *states);
  for (int i = 8; i < argc; ++i) {
    char kind;
    long long bytes, planes;
    if (!states || sscanf(argv[i], "%c:%lld:%lld", &kind, &bytes, &planes) != 3)
      return 2;
    bool has_rows = kind == 'r';
    states[i - 8].rows = has_rows ? rows : 0;
    states[i - 8].data = memory((size_t)(has_rows ? rows * bytes * planes : bytes), has_rows ? 0x2c : 0);
  }
  braid_status status;
  braid_pool *pool = braid_pool_create((int32_t)threads, false, 0, &status);
  int32_t *ids = (int32_t *)memory((size_t)tokens * sizeof *ids, 0);
  braid_call call = {.parallel = timed,
                     .pool = pool,
                     .weights = mapped(argv[1]) + HEAD,
                     .states = states,
                     .arena = memory((size_t)atoll(argv[2]), 0),
                     .tokens = ids,
                     .count = tokens,
                     .position = position,
                     .logits = (float *)memory((size_t)vocab * sizeof(float), 0),
                     .logit_rows = 1,
                     .threads = threads};
  braid_fp_enter();
  for (int64_t round = 0; round < rounds; ++round, call.position += tokens) {
    for (int64_t i = 0; i < tokens; ++i)
      ids[i] = (int32_t)(rand() % vocab);
    used = 0;
    double begin = now_us(), last = begin;
    braid_step_0(&call);
    double end = now_us();
    for (int i = 0; i < used && round > 0; last = list[i++].end)
      printf("%d %p %f %f %lld\n", i, (void *)(uintptr_t)list[i].fn, list[i].end - list[i].begin, list[i].begin - last,
             (long long)list[i].n);
    if (round > 0)
      printf("step 0 %f 0 0\n", end - begin);
  }
  return 0;
}
