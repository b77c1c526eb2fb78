// SPDX-License-Identifier: Apache-2.0
/// \file
/// An output folder whose files appear together: a compile that fails or is killed leaves the older ones as they were.
#pragma once

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <memory>
#include <string>
#include <vector>

namespace braid {

/// Files are written into a folder inside the output's own, so that moving them out is a rename. Without commit() they
/// are removed, and the output's folder too if it was not there before.
class StagedFolder {
public:
  static llvm::Expected<std::unique_ptr<StagedFolder>> create(llvm::StringRef folder);
  ~StagedFolder();

  /// Where to write the file that will be called so. Files are moved in the order of these calls.
  std::string add(llvm::StringRef name);
  /// A file of an older output that must not stay beside the new ones.
  void drop(llvm::StringRef name) { dropped.push_back(name.str()); }
  llvm::Error commit();

private:
  std::string folder, staging;
  bool isNew = false;
  std::vector<std::string> names, dropped;
};

} // namespace braid
