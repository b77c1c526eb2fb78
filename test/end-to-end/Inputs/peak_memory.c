// SPDX-License-Identifier: Apache-2.0
/// \file
/// peak-memory LIBRARY PROMPT GENERATE: runs a compiled model on random tokens, and prints the memory that it took at most
/// beside what the library says: whether it took no more than weights, session and arena, and its share of the first two.
#include "runtime/include/braid.h"
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/// A line of /proc/self/status, in bytes.
static long long status_bytes(const char *name) {
  char line[256];
  long long value = -1;
  FILE *file = fopen("/proc/self/status", "r");
  while (file && fgets(line, sizeof line, file))
    if (strncmp(line, name, strlen(name)) == 0)
      value = atoll(line + strlen(name)) * 1024;
  if (file)
    fclose(file);
  return value;
}

static void need(int holds, const char *what) {
  if (!holds) {
    fprintf(stderr, "peak-memory: %s\n", what);
    exit(1);
  }
}

int main(int argc, char **argv) {
  need(argc == 4, "expected LIBRARY PROMPT GENERATE");
  int64_t prompt = atoll(argv[2]), generate = atoll(argv[3]);
  need(prompt > 0 && generate >= 0, "expected PROMPT > 0 and GENERATE >= 0");
  void *library = dlopen(argv[1], RTLD_NOW);
  need(library != NULL, dlerror());
#define GET(name) __typeof__(&name) name##_of = (__typeof__(&name))dlsym(library, #name)
  GET(braid_model_create);
  GET(braid_model_describe);
  GET(braid_session_create);
  GET(braid_session_bytes);
  GET(braid_session_prefill);
  GET(braid_session_decode);
  need(braid_model_create_of && braid_model_describe_of && braid_session_create_of && braid_session_bytes_of &&
           braid_session_prefill_of && braid_session_decode_of, "not a model library");
  long long before = status_bytes("VmRSS:");
  braid_error error;
  braid_model *model;
  braid_session *session;
  braid_model_options options = BRAID_MODEL_OPTIONS_INIT;
  options.threads = 2;
  need(braid_model_create_of(NULL, &options, &model, &error) == BRAID_OK, error.text);
  braid_model_info info = {.struct_bytes = sizeof info};
  braid_model_describe_of(model, &info);
  need(braid_session_create_of(model, prompt + generate, &session, &error) == BRAID_OK, error.text);
  int32_t *tokens = malloc((size_t)(prompt + generate) * sizeof *tokens);
  float *logits = malloc((size_t)info.vocab * sizeof *logits);
  need(tokens && logits, "no memory");
  uint64_t random = 1;
  for (int64_t i = 0; i < prompt + generate; ++i) {
    random = random * 6364136223846793005u + 1442695040888963407u;
    tokens[i] = (int32_t)((random >> 33) % (uint64_t)info.vocab);
  }
  need(braid_session_prefill_of(session, tokens, prompt, logits, 1) == BRAID_OK, "prefill failed");
  for (int64_t i = 0; i < generate; ++i)
    need(braid_session_decode_of(session, tokens[prompt + i], logits) == BRAID_OK, "decode failed");
  // Beside what is announced: stacks of the threads, the logits, and the ends of huge pages.
  const long long small = 4 << 20;
  long long peak = status_bytes("VmHWM:") - before, weights = info.weights_bytes;
  long long session_bytes = braid_session_bytes_of(session), arena = info.arena_bytes;
  printf("peak %lld, weights %lld, session %lld, arena %lld\n", peak, weights, session_bytes, arena);
  printf("as announced: %s\n", peak <= weights + session_bytes + arena + small ? "yes" : "no");
  printf("of weights and session: %.1f %%\n", 100.0 * (double)peak / (double)(weights + session_bytes));
  return 0;
}
