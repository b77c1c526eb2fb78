// SPDX-License-Identifier: Apache-2.0
/// \file
/// Status names, failure sentences, versions and the checksum.
#include "runtime/src/internal.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

uint32_t braid_abi_version(void) { return BRAID_ABI_VERSION; }

const char *braid_version_text(void) { return "0.1.0"; }

const char *braid_status_name(braid_status status) {
  static const char *const names[] = {"ok",     "argument", "token",    "capacity", "memory", "io",      "format",
                                      "corrupt", "mismatch", "isa",      "abi",      "rollback", "threads"};
  unsigned index = (unsigned)status;
  return index < sizeof names / sizeof *names ? names[index] : "unknown";
}

braid_status braid_fail_at(braid_error *error, braid_status status, const char *file, int line, const char *format,
                           ...) {
  if (!error)
    return status;
  va_list list;
  va_start(list, format);
  int length = vsnprintf(error->text, sizeof error->text, format, list);
  va_end(list);
#ifdef NDEBUG
  (void)file, (void)line, (void)length;
#else
  if (length > 0 && (size_t)length < sizeof error->text)
    snprintf(error->text + length, sizeof error->text - (size_t)length, " [%s:%d]", file, line);
#endif
  return status;
}

uint64_t braid_hash(uint64_t hash, const void *data, size_t bytes) {
  const uint8_t *at = data;
  hash ^= bytes * 0x9E3779B97F4A7C15u;
  while (bytes > 0) {
    uint64_t word = 0;
    size_t step = bytes < sizeof word ? bytes : sizeof word;
    memcpy(&word, at, step);
    hash = (hash ^ word) * 0xD6E8FEB86659FD93u;
    hash ^= hash >> 32; // multiplication carries upwards only
    at += step;
    bytes -= step;
  }
  return hash;
}
