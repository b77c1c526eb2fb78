// SPDX-License-Identifier: Apache-2.0
/// \file
/// The list of unfinished files.
#include "compiler/Unfinished.h"

#include "llvm/Support/FileSystem.h"

#include <set>

namespace braid {

namespace {
struct Registry {
  std::mutex lock;
  std::multiset<std::string> paths;
};
} // namespace

/// Never destroyed: a signal may come while the process ends.
static Registry &registry() {
  static auto *made = new Registry;
  return *made;
}

Unfinished::Unfinished(std::string path) : path(std::move(path)) {
  std::lock_guard lock(registry().lock);
  registry().paths.insert(this->path);
}

Unfinished::~Unfinished() {
  std::lock_guard lock(registry().lock);
  registry().paths.erase(registry().paths.find(path));
}

std::unique_lock<std::mutex> holdUnfinished() { return std::unique_lock(registry().lock); }

void removeUnfinished() {
  constexpr int attempts = 8; // other threads may still put a file into a folder that is being emptied
  registry().lock.lock();
  for (const std::string &path : registry().paths)
    for (int i = 0; i < attempts && llvm::sys::fs::exists(path); ++i) {
      llvm::sys::fs::remove_directories(path);
      llvm::sys::fs::remove(path);
    }
}

} // namespace braid
