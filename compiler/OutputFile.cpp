// SPDX-License-Identifier: Apache-2.0
/// \file
/// Output files.
#include "compiler/OutputFile.h"

#include "llvm/ADT/Twine.h"
#include "llvm/Support/FormatVariadic.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace braid {

static llvm::Error fault(llvm::StringRef path, llvm::StringRef what) {
  return llvm::createStringError(std::error_code(errno, std::generic_category()), path.str() + ": " + what.str() + ": " +
                                                                                     std::strerror(errno));
}

/// A device or a pipe is written to, not replaced.
static bool isStream(llvm::StringRef path) {
  struct stat old;
  return !stat(path.str().c_str(), &old) && !S_ISREG(old.st_mode) && !S_ISDIR(old.st_mode);
}

/// A new file of so many bytes, `temporary` until it is `path`.
static llvm::Expected<int> create(llvm::StringRef path, const std::string &temporary, int64_t bytes) {
  int descriptor = open(temporary.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (descriptor < 0)
    return fault(path, "can't create");
  // Room is taken now: a full disk is an error here, not a bus error while packing.
  if (int full = bytes > 0 ? posix_fallocate(descriptor, 0, bytes) : 0) {
    errno = full;
    llvm::Error error = fault(path, llvm::formatv("can't get {0} bytes", bytes).str());
    close(descriptor);
    return error;
  }
  return descriptor;
}

llvm::Expected<std::unique_ptr<OutputFile>> OutputFile::map(llvm::StringRef path, int64_t bytes) {
  auto file = std::unique_ptr<OutputFile>(new OutputFile);
  file->path = path.str();
  int descriptor = -1;
  if (!isStream(path)) {
    file->temporary = path.str() + ".tmp" + std::to_string(getpid());
    file->unfinished.emplace(file->temporary);
    llvm::Expected<int> created = create(path, file->temporary, bytes);
    if (!created)
      return created.takeError();
    descriptor = *created;
  }
  if (bytes > 0) {
    int flags = descriptor < 0 ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED;
    void *memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, flags, descriptor, 0);
    if (memory == MAP_FAILED) {
      llvm::Error error = fault(path, "can't map");
      if (descriptor >= 0)
        close(descriptor);
      return error;
    }
    file->bytes = static_cast<uint8_t *>(memory);
  }
  if (descriptor >= 0)
    close(descriptor);
  file->size = bytes;
  return file;
}

OutputFile::~OutputFile() {
  if (bytes)
    munmap(bytes, size);
  if (!temporary.empty())
    unlink(temporary.c_str());
}

llvm::Error OutputFile::writeThrough() {
  int descriptor = open(path.c_str(), O_WRONLY | O_CLOEXEC);
  if (descriptor < 0)
    return fault(path, "can't open");
  for (int64_t done = 0; done < size;) {
    ssize_t put = write(descriptor, bytes + done, size - done);
    if (put < 0 && errno == EINTR)
      continue;
    if (put < 0) {
      llvm::Error error = fault(path, "can't write");
      close(descriptor);
      return error;
    }
    done += put;
  }
  return close(descriptor) ? fault(path, "can't write") : llvm::Error::success();
}

llvm::Error OutputFile::commit() {
  if (temporary.empty())
    return writeThrough();
  if (bytes && munmap(bytes, size))
    return fault(path, "can't write");
  bytes = nullptr;
  if (rename(temporary.c_str(), path.c_str()))
    return fault(path, "can't rename into place");
  temporary.clear();
  return llvm::Error::success();
}

llvm::Error writeFile(llvm::StringRef path, llvm::StringRef content) {
  auto file = OutputFile::map(path, content.size());
  if (!file)
    return file.takeError();
  if (!content.empty())
    std::memcpy((*file)->data(), content.data(), content.size());
  return (*file)->commit();
}

} // namespace braid
