// SPDX-License-Identifier: Apache-2.0
/// \file
/// What the process is writing and has not yet published: a process that is told to end takes it away.
#pragma once

#include <mutex>
#include <string>

namespace braid {

/// As long as it lives, the file or folder at `path` is one that removeUnfinished() removes.
class Unfinished {
public:
  explicit Unfinished(std::string path);
  ~Unfinished();
  Unfinished(const Unfinished &) = delete;
  Unfinished &operator=(const Unfinished &) = delete;

private:
  std::string path;
};

/// Keeps removeUnfinished() out, for what must happen wholly or not at all. Unfinished ones neither come nor go meanwhile.
std::unique_lock<std::mutex> holdUnfinished();

/// Removes all of them, folders with what is in them. The process must end at once: nobody can write any more.
void removeUnfinished();

} // namespace braid
