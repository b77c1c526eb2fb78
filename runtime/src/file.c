// SPDX-License-Identifier: Apache-2.0
/// \file
/// Reading parts of files whole.
#include "runtime/src/internal.h"
#include <errno.h>
#include <unistd.h>

bool braid_file_read(int fd, void *data, size_t bytes, uint64_t offset) {
  for (uint8_t *at = data; bytes > 0;) {
    ssize_t got = pread(fd, at, bytes < (1u << 30) ? bytes : 1u << 30, (off_t)offset);
    if (got < 0 && errno == EINTR)
      continue;
    if (got == 0)
      errno = 0;
    if (got <= 0)
      return false;
    at += got;
    bytes -= (size_t)got;
    offset += (uint64_t)got;
  }
  return true;
}
