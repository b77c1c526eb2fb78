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
#include <unistd.h>

namespace braid {

static llvm::Error fault(llvm::StringRef path, llvm::StringRef what) {
  return llvm::createStringError(std::error_code(errno, std::generic_category()), path.str() + ": " + what.str() + ": " +
                                                                                     std::strerror(errno));
}

llvm::Expected<std::unique_ptr<OutputFile>> OutputFile::map(llvm::StringRef path, int64_t bytes) {
  auto file = std::unique_ptr<OutputFile>(new OutputFile);
  file->path = path.str();
  std::string temporary = path.str() + ".tmp" + std::to_string(getpid());
  int descriptor = open(temporary.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (descriptor < 0)
    return fault(temporary, "can't create");
  file->temporary = temporary;
  // Room is taken now: a full disk is an error here, not a bus error while packing.
  int full = bytes > 0 ? posix_fallocate(descriptor, 0, bytes) : 0;
  if (full) {
    errno = full;
    llvm::Error error = fault(temporary, llvm::formatv("can't get {0} bytes", bytes).str());
    close(descriptor);
    return error;
  }
  if (bytes > 0) {
    void *memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
    if (memory == MAP_FAILED) {
      llvm::Error error = fault(temporary, "can't map");
      close(descriptor);
      return error;
    }
    file->bytes = static_cast<uint8_t *>(memory);
  }
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

llvm::Error OutputFile::commit() {
  if (bytes && munmap(bytes, size))
    return fault(temporary, "can't write");
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
