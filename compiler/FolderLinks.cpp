// SPDX-License-Identifier: Apache-2.0
/// \file
/// Folder entries as hard links.
#include "compiler/FolderLinks.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace fs = llvm::sys::fs;
namespace path = llvm::sys::path;

namespace braid {

bool takeMode(const std::string &from, const std::string &to) {
  struct stat old;
  if (stat(from.c_str(), &old))
    return false;
  if (chown(to.c_str(), old.st_uid, old.st_gid)) {
    // Only the superuser can; the folder is then its writer's.
  }
  return !chmod(to.c_str(), old.st_mode & 07777);
}

bool linkEntries(const std::string &from, const std::string &to, EntryFilter wanted) {
  std::error_code error;
  for (fs::directory_iterator it(from, error, /*follow_symlinks=*/false), end; it != end && !error;
       it.increment(error)) {
    llvm::StringRef name = path::filename(it->path());
    if (!wanted(name))
      continue;
    std::string target = to + "/" + name.str();
    if (it->type() != fs::file_type::directory_file) {
      if (linkat(AT_FDCWD, it->path().c_str(), AT_FDCWD, target.c_str(), 0) && errno != EEXIST)
        return false;
    } else if ((mkdir(target.c_str(), 0700) && errno != EEXIST) ||
               !linkEntries(it->path(), target, [](llvm::StringRef) { return true; }) ||
               !takeMode(it->path(), target)) {
      return false;
    }
  }
  return !error;
}

void moveMissing(const std::string &from, const std::string &to, EntryFilter wanted) {
  std::error_code error;
  for (fs::directory_iterator it(from, error, /*follow_symlinks=*/false), end; it != end && !error;
       it.increment(error)) {
    llvm::StringRef name = path::filename(it->path());
    if (wanted(name))
      renameat2(AT_FDCWD, it->path().c_str(), AT_FDCWD, (to + "/" + name.str()).c_str(), RENAME_NOREPLACE);
  }
}

} // namespace braid
