// SPDX-License-Identifier: Apache-2.0
/// \file GGUF files, versions 2 and 3, little-endian.
#pragma once

#include "models/formats/GgufMetadata.h"
#include "models/formats/TensorFile.h"

namespace braid::formats {

struct Gguf {
  uint32_t version = 0;
  uint64_t alignment = 32;
  GgufMetadata metadata;
  TensorStore tensors; ///< Shapes are reversed on reading, to slowest first.
};

/// Reads the file at \p path. Tensors must follow each other in the data section with nothing but padding to
/// `general.alignment` between and behind them.
llvm::Expected<Gguf> readGguf(llvm::StringRef path);

/// The same for a file that is mapped already.
llvm::Expected<Gguf> readGguf(std::shared_ptr<MappedFile> file);

/// The type that GGML numbers \p type, if it is supported.
std::optional<DType> dtypeFromGguf(uint32_t type);

/// What GGML calls the type of that number, supported or not; "unknown" if it has none.
llvm::StringRef ggufTensorTypeName(uint32_t type);

} // namespace braid::formats
