// SPDX-License-Identifier: Apache-2.0
/// \file
/// Sessions in files: a snapshot written beside its path and renamed onto it, and read back with every check.
#include "runtime/src/internal.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static uint64_t checksum(const braid_snapshot *snapshot) {
  braid_save_header header = snapshot->header;
  header.checksum = 0;
  return braid_hash(braid_hash(0, &header, sizeof header), braid_snapshot_body(snapshot), snapshot->body_bytes);
}

static bool write_all(int fd, const void *data, size_t bytes) {
  for (const uint8_t *at = data; bytes > 0;) {
    ssize_t put = write(fd, at, bytes < (1u << 30) ? bytes : 1u << 30);
    if (put < 0 && errno != EINTR)
      return false;
    at += put > 0 ? put : 0;
    bytes -= put > 0 ? (size_t)put : 0;
  }
  return true;
}

static braid_status write_beside(const char *path, const braid_snapshot *snapshot, braid_error *error) {
  size_t length = strlen(path);
  char *beside = malloc(length + sizeof ".XXXXXX");
  if (!beside)
    return braid_fail(error, BRAID_ERROR_MEMORY, "save: no memory for a path");
  memcpy(beside, path, length);
  memcpy(beside + length, ".XXXXXX", sizeof ".XXXXXX");
  braid_status status = BRAID_OK;
  int fd = mkostemp(beside, O_CLOEXEC);
  if (fd < 0) {
    status = braid_fail(error, BRAID_ERROR_IO, "%s: cannot create: %s", beside, strerror(errno));
    free(beside);
    return status;
  }
  bool written = write_all(fd, &snapshot->header, sizeof snapshot->header) &&
                 write_all(fd, braid_snapshot_body(snapshot), snapshot->body_bytes) && fsync(fd) == 0;
  int reason = errno;
  if (close(fd) != 0 && written) {
    written = false;
    reason = errno;
  }
  if (!written) {
    status = braid_fail(error, BRAID_ERROR_IO, "%s: cannot write: %s", beside, strerror(reason));
  } else if (rename(beside, path) != 0) {
    written = false;
    status = braid_fail(error, BRAID_ERROR_IO, "%s: cannot replace: %s", path, strerror(errno));
  }
  if (!written)
    unlink(beside);
  free(beside);
  return status;
}

braid_status braid_session_save(braid_session *session, const char *path) {
  if (!session)
    return BRAID_ERROR_ARGUMENT;
  if (!path)
    return braid_fail(&session->error, BRAID_ERROR_ARGUMENT, "save: expected a path, got NULL");
  braid_snapshot *snapshot;
  braid_status status = braid_snapshot_create(session, &snapshot);
  if (status != BRAID_OK)
    return status;
  snapshot->header.checksum = checksum(snapshot);
  status = write_beside(path, snapshot, &session->error);
  braid_snapshot_destroy(snapshot);
  return status;
}

/// Reads and checks a whole file; nothing in it is believed before the sizes that follow from the model agree.
static braid_status read_file(const char *path, int fd, const braid_session *session, braid_snapshot **snapshot,
                              braid_error *error) {
  struct stat info;
  if (fstat(fd, &info) != 0)
    return braid_fail(error, BRAID_ERROR_IO, "%s: cannot stat: %s", path, strerror(errno));
  if (!S_ISREG(info.st_mode))
    return braid_fail(error, BRAID_ERROR_FORMAT, "%s: expected a regular file", path);
  braid_save_header header;
  if (info.st_size < (off_t)sizeof header)
    return braid_fail(error, BRAID_ERROR_CORRUPT, "%s: expected a head of %zu bytes, got a file of %lld", path,
                      sizeof header, (long long)info.st_size);
  if (!braid_file_read(fd, &header, sizeof header, 0))
    return braid_fail(error, BRAID_ERROR_IO, "%s: cannot read: %s", path, errno ? strerror(errno) : "cut short");
  braid_status status = braid_snapshot_check_header(&header, session, path, error);
  if (status != BRAID_OK)
    return status;
  uint64_t expected = sizeof header + header.body_bytes;
  if ((uint64_t)info.st_size != expected)
    return braid_fail(error, BRAID_ERROR_CORRUPT, "%s: expected a file of %llu bytes, got %lld", path,
                      (unsigned long long)expected, (long long)info.st_size);
  *snapshot = braid_snapshot_allocate((size_t)header.body_bytes);
  if (!*snapshot)
    return braid_fail(error, BRAID_ERROR_MEMORY, "%s: no memory for %llu bytes", path,
                      (unsigned long long)header.body_bytes);
  (*snapshot)->header = header;
  if (!braid_file_read(fd, braid_snapshot_body(*snapshot), (*snapshot)->body_bytes, sizeof header))
    return braid_fail(error, BRAID_ERROR_IO, "%s: cannot read: %s", path, errno ? strerror(errno) : "cut short");
  uint64_t sum = checksum(*snapshot);
  if (sum != header.checksum)
    return braid_fail(error, BRAID_ERROR_CORRUPT, "%s: at offset 64: expected the checksum %016llx, got %016llx", path,
                      (unsigned long long)sum, (unsigned long long)header.checksum);
  return braid_snapshot_check_body(*snapshot, session, path, error);
}

braid_status braid_session_load(braid_session *session, const char *path) {
  if (!session)
    return BRAID_ERROR_ARGUMENT;
  if (!path)
    return braid_fail(&session->error, BRAID_ERROR_ARGUMENT, "load: expected a path, got NULL");
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    return braid_fail(&session->error, BRAID_ERROR_IO, "%s: cannot open: %s", path, strerror(errno));
  braid_snapshot *snapshot = NULL;
  braid_status status = read_file(path, fd, session, &snapshot, &session->error);
  close(fd);
  if (status == BRAID_OK)
    status = braid_snapshot_restore(snapshot, session);
  braid_snapshot_destroy(snapshot);
  return status;
}
