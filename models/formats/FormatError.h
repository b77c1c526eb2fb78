// SPDX-License-Identifier: Apache-2.0
/// \file The one error that readers of model files return: file, tensor, offset, and what was expected.
#pragma once

#include "llvm/ADT/StringRef.h"
#include "llvm/ADT/Twine.h"
#include "llvm/Support/Error.h"
#include <cstdint>
#include <optional>
#include <string>

namespace braid::formats {

/// A fault of a model file. Prints as `file: tensor 'x' at offset N: what`; the tensor and the offset are left out
/// when there is none. Everything that came out of the file is escaped, so printing it is safe on a terminal.
class FormatError : public llvm::ErrorInfo<FormatError> {
public:
  static char ID;

  FormatError(std::string file, std::string what, std::string tensor = {}, std::optional<uint64_t> offset = {})
      : file(std::move(file)), what(std::move(what)), tensor(std::move(tensor)), offset(offset) {}

  void log(llvm::raw_ostream &os) const override;
  std::error_code convertToErrorCode() const override;

  const std::string file;
  const std::string what;
  const std::string tensor;             ///< Empty when the fault is not about one tensor.
  const std::optional<uint64_t> offset; ///< Bytes from the start of the file.
};

llvm::Error fileError(llvm::StringRef file, const llvm::Twine &what);
llvm::Error offsetError(llvm::StringRef file, uint64_t offset, const llvm::Twine &what);
llvm::Error tensorError(llvm::StringRef file, llvm::StringRef tensor, const llvm::Twine &what);
llvm::Error tensorError(llvm::StringRef file, llvm::StringRef tensor, uint64_t offset, const llvm::Twine &what);

/// Text from a file made fit for a message: control characters and bytes that are not UTF-8 are escaped, and what is
/// longer than \p limit bytes is cut.
std::string printable(llvm::StringRef text, size_t limit = 120);

} // namespace braid::formats
