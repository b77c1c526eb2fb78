/* SPDX-License-Identifier: Apache-2.0 */
/* hello.c: steps a model over a few tokens and prints the likeliest next one. In the folder of a compiled model:
 *   cc hello.c -I. -L. -lsmollm2 -Wl,-rpath,'$ORIGIN' -o hello && ./hello 1 2 3 */
#include "braid.h"
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv) {
  braid_model *model;
  braid_session *session;
  braid_error error;
  if (braid_model_create(NULL, NULL, &model, &error) || braid_session_create(model, 0, &session, &error)) {
    fprintf(stderr, "%s\n", error.text);
    return 1;
  }
  braid_model_info info = {.struct_bytes = sizeof info};
  braid_model_describe(model, &info);
  printf("%s on %s, %d threads\n", info.name, info.isa, info.threads);

  float *logits = malloc((size_t)info.vocab * sizeof *logits);
  for (int i = 1; logits && i < argc; ++i) {
    if (braid_session_decode(session, (int32_t)atoi(argv[i]), logits)) {
      fprintf(stderr, "%s\n", braid_session_message(session));
      return 1;
    }
    int64_t best = 0;
    for (int64_t id = 1; id < info.vocab; ++id)
      if (logits[id] > logits[best])
        best = id;
    printf("%s -> %lld\n", argv[i], (long long)best);
  }
  free(logits);
  braid_session_destroy(session);
  braid_model_destroy(model);
  return 0;
}
