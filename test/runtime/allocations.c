// SPDX-License-Identifier: Apache-2.0
/// \file
/// Prefill and decode allocate nothing and do no I/O. The linker routes every such call of the runtime (and of this
/// program) through the wrappers below: -Wl,--wrap=malloc and so on.
#include "test/runtime/support.h"
#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

static atomic_int calls;

#define WRAP(result, name, parameters, arguments)                                                                      \
  result __real_##name parameters;                                                                                     \
  result __wrap_##name parameters;                                                                                     \
  result __wrap_##name parameters {                                                                                    \
    atomic_fetch_add(&calls, 1);                                                                                       \
    return __real_##name arguments;                                                                                    \
  }
WRAP(void *, malloc, (size_t n), (n))
WRAP(void *, calloc, (size_t m, size_t n), (m, n))
WRAP(void *, realloc, (void *p, size_t n), (p, n))
WRAP(void *, aligned_alloc, (size_t a, size_t n), (a, n))
WRAP(void, free, (void *p), (p))
WRAP(void *, mmap, (void *p, size_t n, int prot, int flags, int fd, off_t at), (p, n, prot, flags, fd, at))
WRAP(int, munmap, (void *p, size_t n), (p, n))
WRAP(int, madvise, (void *p, size_t n, int advice), (p, n, advice))
WRAP(int, open, (const char *path, int flags, mode_t mode), (path, flags, mode))
WRAP(ssize_t, read, (int fd, void *p, size_t n), (fd, p, n))
WRAP(ssize_t, pread, (int fd, void *p, size_t n, off_t at), (fd, p, n, at))
WRAP(ssize_t, write, (int fd, const void *p, size_t n), (fd, p, n))

void test_allocations(void) {
  braid_model *model = open_model(&fake_fixed_module, 2);
  braid_session *session = open_session(model, 0);
  CHECK(atomic_load(&calls) > 8); // the wrappers see what create does
  static int32_t tokens[200];
  static float logits[200 * FAKE_VOCAB];
  text_tokens(0, 200, tokens);
  atomic_store(&calls, 0);
  CHECK_OK(braid_session_prefill(session, tokens, 100, logits, 100));
  for (int i = 0; i < 100; ++i)
    CHECK_OK(braid_session_decode(session, tokens[100 + i], logits));
  CHECK_STATUS(braid_session_decode(session, -1, logits), BRAID_ERROR_TOKEN);
  int64_t kept;
  CHECK_OK(braid_session_rollback(session, 5));
  CHECK_OK(braid_session_reuse(session, tokens, 50, &kept));
  braid_session_reset(session);
  CHECK(atomic_load(&calls) == 0);
  braid_session_destroy(session);
  braid_model_destroy(model);
}
