// SPDX-License-Identifier: Apache-2.0
/// \file
/// An output folder whose files appear together: a compile that fails or is killed leaves the older ones as they were.
#pragma once

#include "compiler/Unfinished.h"

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace braid {

/// Files are written into a hidden folder beside the output's, which commit() exchanges with it: whoever looks, at any
/// moment, sees all of the old folder or all of the new one. What else lies in the old folder, a user's own files, goes
/// along (as hard links before the exchange, so they are in either). Where folders can't be exchanged (the working
/// directory, a mount point, a parent that may not be written, some file systems), files are renamed one by one.
///
/// Without commit() nothing of the output changes. A process that is told to end takes its folder along (Unfinished.h);
/// what a killed one leaves, the next create() removes.
class StagedFolder {
public:
  static llvm::Expected<std::unique_ptr<StagedFolder>> create(llvm::StringRef folder);
  ~StagedFolder();

  /// Where to write the file that will be called so.
  std::string add(llvm::StringRef name);
  /// A file of an older output that must not stay beside the new ones.
  void drop(llvm::StringRef name) { entries.push_back({name.str(), true}); }
  /// One by one, files are replaced and removed in the order of add() and drop().
  llvm::Error commit();

private:
  bool stageBeside();
  llvm::Error stageInside();
  bool isKept(llvm::StringRef name) const;
  bool exchange();
  llvm::Error moveEach();

  std::string folder;  ///< without symbolic links
  std::string staging; ///< empty when it is gone
  int lock = -1;       ///< on the staging folder: who holds it is alive
  bool isBeside = false, wasThere = false;
  struct Entry {
    std::string name;
    bool isDropped;
  };
  std::vector<Entry> entries;
  std::optional<Unfinished> unfinished; ///< the staging folder
};

} // namespace braid
