// SPDX-License-Identifier: Apache-2.0
/// \file
/// braid-runtime-test <case> <scratch prefix>: runs one test of the runtime; `list` prints their names.
#include <stdio.h>
#include <string.h>

#define CASES(X)                                                                                                       \
  X(splits)                                                                                                            \
  X(logit_rows)                                                                                                        \
  X(many_sessions)                                                                                                     \
  X(assume)                                                                                                            \
  X(describe)                                                                                                          \
  X(rings)                                                                                                             \
  X(ring_granules)                                                                                                     \
  X(fixed)                                                                                                             \
  X(chat)                                                                                                              \
  X(reuse)                                                                                                             \
  X(copies)                                                                                                            \
  X(random_walk)                                                                                                       \
  X(step_errors)                                                                                                       \
  X(weights_errors)                                                                                                    \
  X(weights)                                                                                                           \
  X(weights_file)                                                                                                      \
  X(isa)                                                                                                               \
  X(module_errors)                                                                                                     \
  X(save_errors)                                                                                                       \
  X(save_files)                                                                                                        \
  X(pool)                                                                                                              \
  X(pool_large)                                                                                                        \
  X(pool_sleep)                                                                                                        \
  X(pool_one_cpu)                                                                                                      \
  X(pool_together)                                                                                                     \
  X(pool_after_fork)                                                                                                   \
  X(allocations)

#define DECLARE(name) void test_##name(void);
CASES(DECLARE)

const char *scratch_prefix = "";

int main(int argc, char **argv) {
#define LIST(name)                                                                                                     \
  if (argc == 2 && strcmp(argv[1], "list") == 0)                                                                       \
    puts(#name);
  CASES(LIST)
  if (argc == 3)
    scratch_prefix = argv[2];
#define RUN(name)                                                                                                      \
  if (argc == 3 && strcmp(argv[1], #name) == 0) {                                                                      \
    test_##name();                                                                                                     \
    puts(#name ": passed");                                                                                            \
    return 0;                                                                                                          \
  }
  CASES(RUN)
  if (argc == 2)
    return 0;
  fprintf(stderr, "usage: braid-runtime-test <case> <scratch prefix> | list\n");
  return 2;
}
