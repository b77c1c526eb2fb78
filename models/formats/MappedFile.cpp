// SPDX-License-Identifier: Apache-2.0
/// \file POSIX mappings. The place of a file is checked after it was opened, so no link can be swapped in between.
#include "models/formats/MappedFile.h"
#include "models/formats/FormatError.h"
#include "llvm/Support/Errno.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace llvm;

namespace braid::formats {
namespace {

struct Descriptor {
  int fd;
  explicit Descriptor(int fd) : fd(fd) {}
  Descriptor(const Descriptor &) = delete;
  ~Descriptor() {
    if (fd >= 0)
      ::close(fd);
  }
};

int openForReading(StringRef path) {
  // O_NONBLOCK: opening a named pipe must not wait for a writer. It means nothing for regular files.
  return ::open(path.str().c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
}

std::string canonicalPath(const std::string &path) {
  char *resolved = ::realpath(path.c_str(), nullptr);
  std::string result = resolved ? resolved : "";
  std::free(resolved);
  return result;
}

bool isInside(StringRef path, StringRef root) {
  return path.consume_front(root) && (root.ends_with("/") || path.starts_with("/"));
}

bool isPlainName(StringRef name) {
  return !name.empty() && name != "." && name != ".." && name.size() <= 255 &&
         name.find_first_of(StringRef("/\\\0", 3)) == StringRef::npos;
}

} // namespace

Expected<std::shared_ptr<MappedFile>> MappedFile::map(int descriptor, StringRef path) {
  struct stat status;
  if (::fstat(descriptor, &status) != 0)
    return fileError(path, "cannot be examined: " + sys::StrError(errno));
  if (!S_ISREG(status.st_mode))
    return fileError(path, "expected a regular file");
  size_t size = size_t(status.st_size);
  if (size == 0)
    return std::shared_ptr<MappedFile>(new MappedFile(path.str(), {}, false));
  void *address = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, descriptor, 0);
  if (address == MAP_FAILED)
    return fileError(path, "cannot be mapped: " + sys::StrError(errno));
  return std::shared_ptr<MappedFile>(
      new MappedFile(path.str(), ArrayRef(static_cast<const uint8_t *>(address), size), true));
}

Expected<std::shared_ptr<MappedFile>> MappedFile::open(StringRef path) {
  Descriptor file(openForReading(path));
  if (file.fd < 0)
    return fileError(path, "cannot be opened: " + sys::StrError(errno));
  return map(file.fd, path);
}

std::shared_ptr<MappedFile> MappedFile::borrow(StringRef path, ArrayRef<uint8_t> bytes) {
  return std::shared_ptr<MappedFile>(new MappedFile(path.str(), bytes, false));
}

MappedFile::~MappedFile() {
  if (owned)
    ::munmap(const_cast<uint8_t *>(contents.data()), contents.size());
}

Expected<ModelDirectory> ModelDirectory::open(StringRef path) {
  ModelDirectory result;
  result.directory = path.str();
  result.root = canonicalPath(result.directory);
  if (result.root.empty())
    return fileError(path, "cannot be opened: " + sys::StrError(errno));
  if (!sys::fs::is_directory(result.root))
    return fileError(path, "expected a directory");
  StringRef snapshots = sys::path::parent_path(result.root), repository = sys::path::parent_path(snapshots);
  if (sys::path::filename(snapshots) == "snapshots" && sys::path::filename(repository).starts_with("models--"))
    result.root = repository.str();
  return result;
}

bool ModelDirectory::has(StringRef name) const {
  SmallString<256> full(directory);
  sys::path::append(full, name);
  return isPlainName(name) && sys::fs::exists(full);
}

Expected<std::shared_ptr<MappedFile>> ModelDirectory::map(StringRef name) const {
  if (!isPlainName(name))
    return fileError(directory, "expected a plain file name, got '" + printable(name) + "'");
  SmallString<256> full(directory);
  sys::path::append(full, name);
  Descriptor file(openForReading(full));
  if (file.fd < 0)
    return fileError(full, "cannot be opened: " + sys::StrError(errno));
  std::string opened = canonicalPath("/proc/self/fd/" + std::to_string(file.fd));
  if (opened.empty()) // no /proc: the second best, which a swapped link could fool
    opened = canonicalPath(full.str().str());
  if (!isInside(opened, root))
    return fileError(full, "leads out of the model's directory, to '" + printable(opened) + "'");
  return MappedFile::map(file.fd, full);
}

} // namespace braid::formats
