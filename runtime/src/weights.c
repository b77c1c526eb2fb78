// SPDX-License-Identifier: Apache-2.0
/// \file
/// Opens a .weights file: checks its head and size, then maps or copies the payload.
#include "runtime/src/internal.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { HEADER_BYTES = 4096, SAMPLES = 64, SAMPLE_BYTES = 64 };

static braid_status check_header(const char *path, const braid_weights_header *header, const braid_module *module,
                                 uint64_t file_bytes, braid_error *error) {
  if (memcmp(header->magic, "BRAIDWTS", sizeof header->magic) != 0)
    return braid_fail(error, BRAID_ERROR_FORMAT, "%s: at offset 0: expected a weights file, 'BRAIDWTS'", path);
  if (header->version != 1)
    return braid_fail(error, BRAID_ERROR_FORMAT, "%s: at offset 8: expected version 1, got %u", path, header->version);
  if (header->header_bytes != HEADER_BYTES)
    return braid_fail(error, BRAID_ERROR_FORMAT, "%s: at offset 12: expected a head of %d bytes, got %u", path,
                      HEADER_BYTES, header->header_bytes);
  if (header->weights_hash != module->weights_hash)
    return braid_fail(error, BRAID_ERROR_MISMATCH,
                      "%s: at offset 24: expected the weights %016llx of '%s', got %016llx: a file of another compile",
                      path, (unsigned long long)module->weights_hash, module->name,
                      (unsigned long long)header->weights_hash);
  if (header->payload_bytes != (uint64_t)module->weights_bytes)
    return braid_fail(error, BRAID_ERROR_MISMATCH, "%s: at offset 16: expected %lld payload bytes, got %llu", path,
                      (long long)module->weights_bytes, (unsigned long long)header->payload_bytes);
  uint64_t expected = HEADER_BYTES + header->payload_bytes;
  if (file_bytes != expected)
    return braid_fail(error, BRAID_ERROR_CORRUPT, "%s: expected a file of %llu bytes, got %llu", path,
                      (unsigned long long)expected, (unsigned long long)file_bytes);
  return BRAID_OK;
}

/// A hash of samples spread over the payload, so that loading stays a matter of milliseconds.
static uint64_t payload_print(const uint8_t *data, size_t bytes) {
  uint64_t hash = bytes;
  for (size_t i = 0; i < SAMPLES; ++i) {
    size_t at = bytes / SAMPLES * i;
    hash = braid_hash(hash, data + at, bytes - at < SAMPLE_BYTES ? bytes - at : SAMPLE_BYTES);
  }
  return hash;
}

static braid_status take_payload(const char *path, int fd, size_t payload, bool copy, braid_weights *weights,
                                 braid_error *error) {
  weights->copied = copy;
  if (copy) {
    weights->bytes = payload;
    weights->base = weights->data = braid_memory_acquire(payload);
    if (!weights->base)
      return braid_fail(error, BRAID_ERROR_MEMORY, "%s: no memory for %zu bytes", path, payload);
    braid_memory_prefer_huge(weights->base, payload);
    if (!braid_file_read(fd, weights->data, payload, HEADER_BYTES))
      return braid_fail(error, BRAID_ERROR_IO, "%s: cannot read: %s", path, errno ? strerror(errno) : "cut short");
    return BRAID_OK;
  }
  weights->bytes = HEADER_BYTES + payload;
  void *base = mmap(NULL, weights->bytes, PROT_READ, MAP_SHARED, fd, 0);
  if (base == MAP_FAILED)
    return braid_fail(error, BRAID_ERROR_IO, "%s: cannot map: %s", path, strerror(errno));
  weights->base = base;
  weights->data = weights->base + HEADER_BYTES;
  madvise(base, weights->bytes, MADV_WILLNEED); // hints: either may be refused
  madvise(base, weights->bytes, MADV_HUGEPAGE);
  return BRAID_OK;
}

static braid_status open_file(const char *path, int fd, const braid_module *module, bool copy, braid_weights *weights,
                              braid_error *error) {
  struct stat info;
  if (fstat(fd, &info) != 0)
    return braid_fail(error, BRAID_ERROR_IO, "%s: cannot stat: %s", path, strerror(errno));
  if (!S_ISREG(info.st_mode))
    return braid_fail(error, BRAID_ERROR_FORMAT, "%s: expected a regular file", path);
  if (info.st_size < HEADER_BYTES)
    return braid_fail(error, BRAID_ERROR_CORRUPT, "%s: expected a head of %d bytes, got a file of %lld", path,
                      HEADER_BYTES, (long long)info.st_size);
  braid_weights_header header;
  if (!braid_file_read(fd, &header, sizeof header, 0))
    return braid_fail(error, BRAID_ERROR_IO, "%s: cannot read: %s", path, errno ? strerror(errno) : "cut short");
  braid_status status = check_header(path, &header, module, (uint64_t)info.st_size, error);
  if (status == BRAID_OK)
    status = take_payload(path, fd, (size_t)module->weights_bytes, copy, weights, error);
  if (status == BRAID_OK)
    weights->print = payload_print(weights->data, (size_t)module->weights_bytes);
  return status;
}

braid_status braid_weights_open(const char *path, const braid_module *module, bool copy, braid_weights *weights,
                                braid_error *error) {
  *weights = (braid_weights){0};
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    return braid_fail(error, BRAID_ERROR_IO, "%s: cannot open: %s", path, strerror(errno));
  braid_status status = open_file(path, fd, module, copy, weights, error);
  close(fd);
  if (status != BRAID_OK)
    braid_weights_close(weights);
  return status;
}

void braid_weights_close(braid_weights *weights) {
  if (weights->copied)
    braid_memory_release(weights->base, weights->bytes);
  else if (weights->base)
    munmap(weights->base, weights->bytes);
  *weights = (braid_weights){0};
}
