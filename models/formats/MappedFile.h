// SPDX-License-Identifier: Apache-2.0
/// \file Read-only mappings of files, and a directory that only hands out files that lie inside it.
#pragma once

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <cstdint>
#include <memory>
#include <string>

namespace braid::formats {

/// A regular file mapped read-only. Pages are read when touched; nothing is copied. The file must not be shortened
/// while it is mapped.
class MappedFile {
public:
  /// Maps the regular file at \p path. Errors name the path: not there, not a regular file, not readable.
  static llvm::Expected<std::shared_ptr<MappedFile>> open(llvm::StringRef path);

  /// A view of bytes that somebody else owns and keeps alive; \p path is used in messages.
  static std::shared_ptr<MappedFile> borrow(llvm::StringRef path, llvm::ArrayRef<uint8_t> bytes);

  ~MappedFile();
  MappedFile(const MappedFile &) = delete;
  MappedFile &operator=(const MappedFile &) = delete;

  llvm::ArrayRef<uint8_t> bytes() const { return contents; }
  llvm::StringRef text() const { return {reinterpret_cast<const char *>(contents.data()), contents.size()}; }
  llvm::StringRef path() const { return name; }

private:
  friend class ModelDirectory;
  MappedFile(std::string name, llvm::ArrayRef<uint8_t> contents, bool owned)
      : name(std::move(name)), contents(contents), owned(owned) {}
  static llvm::Expected<std::shared_ptr<MappedFile>> map(int descriptor, llvm::StringRef path);

  std::string name;
  llvm::ArrayRef<uint8_t> contents;
  bool owned;
};

/// A model's directory. Files are opened by plain name, and what was really opened must lie inside the directory,
/// whatever links lead to it. One layout is wider: in a Hugging Face cache (`models--x/snapshots/<revision>/`) the
/// links may lead anywhere inside `models--x`.
class ModelDirectory {
public:
  static llvm::Expected<ModelDirectory> open(llvm::StringRef path);

  /// Whether an entry of that plain name is there.
  bool has(llvm::StringRef name) const;

  /// Maps an entry. Errors: \p name is not a plain file name, or leads out of the directory, or cannot be mapped.
  llvm::Expected<std::shared_ptr<MappedFile>> map(llvm::StringRef name) const;

  llvm::StringRef path() const { return directory; }

private:
  std::string directory; // as the user wrote it
  std::string root;      // canonical; what was opened must lie under it
};

} // namespace braid::formats
