// SPDX-License-Identifier: Apache-2.0
/// \file
/// Output folders.
#include "compiler/StagedFolder.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Process.h"

namespace braid {

llvm::Expected<std::unique_ptr<StagedFolder>> StagedFolder::create(llvm::StringRef folder) {
  auto staged = std::unique_ptr<StagedFolder>(new StagedFolder);
  staged->folder = folder.str();
  staged->isNew = !llvm::sys::fs::exists(folder);
  std::string staging = folder.str() + "/.new" + std::to_string(llvm::sys::Process::getProcessId());
  // The user's umask decides who may read the artifact, as it does for its files.
  if (std::error_code error = llvm::sys::fs::create_directories(staging, true, llvm::sys::fs::all_all))
    return llvm::createStringError(error, folder.str() + ": can't create: " + error.message());
  staged->staging = staging;
  return staged;
}

StagedFolder::~StagedFolder() {
  if (staging.empty())
    return;
  llvm::sys::fs::remove_directories(staging);
  if (isNew)
    llvm::sys::fs::remove(folder); // only if it is empty
}

std::string StagedFolder::add(llvm::StringRef name) {
  names.push_back(name.str());
  return staging + "/" + names.back();
}

llvm::Error StagedFolder::commit() {
  for (const std::string &name : dropped)
    if (std::error_code error = llvm::sys::fs::remove(folder + "/" + name))
      return llvm::createStringError(error, folder + "/" + name + ": can't remove: " + error.message());
  for (const std::string &name : names)
    if (std::error_code error = llvm::sys::fs::rename(staging + "/" + name, folder + "/" + name))
      return llvm::createStringError(error, folder + "/" + name + ": can't replace: " + error.message());
  return llvm::Error::success();
}

} // namespace braid
