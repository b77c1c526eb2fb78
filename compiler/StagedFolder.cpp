// SPDX-License-Identifier: Apache-2.0
/// \file
/// Output folders.
#include "compiler/StagedFolder.h"

#include "compiler/FolderLinks.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace fs = llvm::sys::fs;
namespace path = llvm::sys::path;

namespace braid {

/// A locked folder, made if it is not there; -1 where it can't be, or where another process sweeps it right now.
static int makeLocked(const std::string &folder) {
  // The user's umask decides who may read the artifact, as it does for its files.
  if (mkdir(folder.c_str(), 0777) && errno != EEXIST)
    return -1;
  int descriptor = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  struct stat held, found;
  if (descriptor >= 0 && !flock(descriptor, LOCK_EX | LOCK_NB) && !fstat(descriptor, &held) &&
      !stat(folder.c_str(), &found) && held.st_ino == found.st_ino)
    return descriptor;
  if (descriptor >= 0)
    close(descriptor);
  return -1;
}

/// Removes what killed processes left in `parent`: folders of that prefix that nobody holds.
static void sweep(const std::string &parent, llvm::StringRef prefix) {
  std::error_code error;
  for (fs::directory_iterator it(parent, error, /*follow_symlinks=*/false), end; it != end && !error;
       it.increment(error)) {
    llvm::StringRef rest = path::filename(it->path());
    if (it->type() != fs::file_type::directory_file || !rest.consume_front(prefix) || rest.empty() ||
        !llvm::all_of(rest, llvm::isDigit))
      continue;
    int descriptor = open(it->path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0)
      continue;
    if (!flock(descriptor, LOCK_EX | LOCK_NB))
      fs::remove_directories(it->path());
    close(descriptor);
  }
}

bool StagedFolder::stageBeside() {
  struct stat own, above, here;
  std::string parent = path::parent_path(folder).str();
  const bool canStat = !stat(parent.c_str(), &above) && !stat(".", &here);
  if (!canStat || (wasThere && (stat(folder.c_str(), &own) || own.st_dev != above.st_dev ||
                                (own.st_dev == here.st_dev && own.st_ino == here.st_ino))))
    return false;
  std::string prefix = "." + path::filename(folder).str() + ".new";
  sweep(parent, prefix);
  if (wasThere)
    sweep(folder, ".new");
  staging = parent + "/" + prefix + std::to_string(getpid());
  lock = makeLocked(staging);
  if (lock < 0)
    staging.clear();
  else
    unfinished.emplace(staging);
  return lock >= 0;
}

llvm::Error StagedFolder::stageInside() {
  if (std::error_code error = fs::create_directories(folder, true, fs::all_all))
    return llvm::createStringError(error, folder + ": can't create: " + error.message());
  sweep(folder, ".new");
  staging = folder + "/.new" + std::to_string(getpid());
  lock = makeLocked(staging);
  if (lock >= 0) {
    unfinished.emplace(staging);
    return llvm::Error::success();
  }
  std::error_code error(errno, std::generic_category());
  staging.clear();
  return llvm::createStringError(error, folder + ": can't create: " + error.message());
}

llvm::Expected<std::unique_ptr<StagedFolder>> StagedFolder::create(llvm::StringRef folder) {
  auto staged = std::unique_ptr<StagedFolder>(new StagedFolder);
  auto fault = [&](std::error_code error) {
    return llvm::createStringError(error, folder.str() + ": can't create: " + error.message());
  };
  llvm::SmallString<256> whole(folder), real;
  if (std::error_code error = fs::make_absolute(whole))
    return fault(error);
  path::remove_dots(whole);
  while (whole.size() > 1 && whole.back() == '/')
    whole.pop_back();
  staged->wasThere = fs::exists(whole);
  if (staged->wasThere && !fs::is_directory(whole))
    return fault(std::make_error_code(std::errc::not_a_directory));
  if (!staged->wasThere)
    if (std::error_code error = fs::create_directories(path::parent_path(whole), true, fs::all_all))
      return fault(error);
  // The folder itself changes place, not a link to it.
  staged->folder = staged->wasThere && !fs::real_path(whole, real) ? real.str().str() : whole.str().str();
  staged->isBeside = staged->stageBeside();
  if (!staged->isBeside)
    if (llvm::Error error = staged->stageInside())
      return error;
  return staged;
}

StagedFolder::~StagedFolder() {
  if (!staging.empty())
    fs::remove_directories(staging);
  if (lock >= 0)
    close(lock);
  if (!wasThere && !isBeside)
    fs::remove(folder); // only if it is empty
}

std::string StagedFolder::add(llvm::StringRef name) {
  entries.push_back({name.str(), false});
  return staging + "/" + entries.back().name;
}

bool StagedFolder::isKept(llvm::StringRef name) const {
  return llvm::none_of(entries, [&](const Entry &entry) { return entry.name == name; });
}

/// False where the file system or what lies in the folder does not allow it; then the old folder is as it was.
bool StagedFolder::exchange() {
  if (!wasThere && !renameat2(AT_FDCWD, staging.c_str(), AT_FDCWD, folder.c_str(), RENAME_NOREPLACE))
    return true;
  if (!wasThere && errno != EEXIST) // but where another compile was faster, its output is an old one
    return false;
  auto kept = [&](llvm::StringRef name) { return isKept(name); };
  if (!linkEntries(folder, staging, kept) || !takeMode(folder, staging) ||
      renameat2(AT_FDCWD, staging.c_str(), AT_FDCWD, folder.c_str(), RENAME_EXCHANGE))
    return false;
  moveMissing(staging, folder, kept); // what came into the old folder since
  fs::remove_directories(staging);
  return true;
}

llvm::Error StagedFolder::moveEach() {
  if (std::error_code error = fs::create_directories(folder, true, fs::all_all))
    return llvm::createStringError(error, folder + ": can't create: " + error.message());
  for (const Entry &entry : entries) {
    std::string target = folder + "/" + entry.name;
    std::error_code error = entry.isDropped ? fs::remove(target) : fs::rename(staging + "/" + entry.name, target);
    if (error)
      return llvm::createStringError(error, target + (entry.isDropped ? ": can't remove: " : ": can't replace: ") +
                                                error.message());
  }
  return llvm::Error::success();
}

llvm::Error StagedFolder::commit() {
  std::unique_lock published = holdUnfinished();
  if (isBeside && exchange()) {
    staging.clear();
    return llvm::Error::success();
  }
  return moveEach();
}

} // namespace braid
