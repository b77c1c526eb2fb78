// SPDX-License-Identifier: Apache-2.0
/// \file The JSON header of a safetensors file, read without building a document.
#pragma once

#include "models/formats/DType.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/Support/Error.h"
#include <string>
#include <utility>
#include <vector>

namespace braid::formats {

/// What the header says of one tensor; nothing is checked against the data yet.
struct SafetensorsEntry {
  std::string name;
  DType dtype = DType::F32;
  llvm::SmallVector<int64_t, 4> shape;
  uint64_t begin = 0, end = 0; ///< Bytes from the end of the header.
};

struct SafetensorsHeader {
  std::vector<SafetensorsEntry> entries; ///< In header order.
  std::vector<std::pair<std::string, std::string>> metadata;
};

/// The most dimensions that a tensor may have.
constexpr size_t maxDimensions = 8;

/// Reads the header \p text, which starts at byte \p offset of \p file. Memory is bounded by the text's size.
llvm::Expected<SafetensorsHeader> readSafetensorsHeader(llvm::StringRef file, llvm::StringRef text, uint64_t offset);

} // namespace braid::formats
