// SPDX-License-Identifier: Apache-2.0
/// \file
/// Files of the artifact: written beside their place and renamed, so that a failed or interrupted compile leaves the
/// old ones whole.
#pragma once

#include "compiler/Unfinished.h"

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <memory>
#include <optional>
#include <string>

namespace braid {

/// A writable mapping of a new file. Without commit() the new file is removed. What is no regular file, such as
/// /dev/null or a pipe, stays what it is: commit() writes to it.
class OutputFile {
public:
  static llvm::Expected<std::unique_ptr<OutputFile>> map(llvm::StringRef path, int64_t bytes);
  ~OutputFile();
  uint8_t *data() { return bytes; }
  llvm::Error commit();

private:
  llvm::Error writeThrough();

  std::string path;
  std::string temporary; ///< empty for a device or a pipe
  uint8_t *bytes = nullptr;
  int64_t size = 0;
  std::optional<Unfinished> unfinished; ///< the temporary file
};

/// Writes a whole file that way.
llvm::Error writeFile(llvm::StringRef path, llvm::StringRef content);

} // namespace braid
