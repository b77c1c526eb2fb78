// SPDX-License-Identifier: Apache-2.0
/// \file
/// Large zeroed regions: states, scratch memory and copied weights.
#include "runtime/src/internal.h"
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#if defined(__SANITIZE_ADDRESS__)
#define BRAID_HEAP_REGIONS 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define BRAID_HEAP_REGIONS 1
#endif
#endif

#ifdef BRAID_HEAP_REGIONS // so that the sanitizer sees where a region ends

uint8_t *braid_memory_acquire(size_t bytes) {
  if (bytes > SIZE_MAX - 64)
    return NULL;
  size_t rounded = (bytes / 64 + 1) * 64;
  uint8_t *data = aligned_alloc(64, rounded);
  if (data)
    memset(data, 0, rounded);
  return data;
}

void braid_memory_release(uint8_t *data, size_t bytes) {
  (void)bytes;
  free(data);
}

void braid_memory_prefer_huge(uint8_t *data, size_t bytes) {
  (void)data;
  (void)bytes;
}

#else

enum { HUGE_PAGE = 2 << 20 };

static size_t region_bytes(size_t bytes) { return (bytes / 4096 + 1) * 4096; }

uint8_t *braid_memory_acquire(size_t bytes) {
  if (bytes > SIZE_MAX - 2 * (size_t)HUGE_PAGE)
    return NULL;
  size_t size = region_bytes(bytes);
  size_t slack = size >= HUGE_PAGE ? HUGE_PAGE : 0;
  uint8_t *base = mmap(NULL, size + slack, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (base == MAP_FAILED)
    return NULL;
  if (!slack)
    return base;
  // Cut the region out at a huge page's boundary.
  size_t skip = (HUGE_PAGE - (uintptr_t)base % HUGE_PAGE) % HUGE_PAGE;
  if (skip)
    munmap(base, skip);
  if (slack > skip)
    munmap(base + skip + size, slack - skip);
  return base + skip;
}

void braid_memory_prefer_huge(uint8_t *data, size_t bytes) {
  madvise(data, bytes, MADV_HUGEPAGE); // a hint: kernels without huge pages refuse it
}

void braid_memory_release(uint8_t *data, size_t bytes) {
  if (data)
    munmap(data, region_bytes(bytes));
}

#endif
