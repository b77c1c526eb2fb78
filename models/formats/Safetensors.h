// SPDX-License-Identifier: Apache-2.0
/// \file Safetensors files: one, or shards that an index names.
#pragma once

#include "models/formats/TensorFile.h"

namespace braid::formats {

/// The most bytes that a header may have.
constexpr uint64_t maxSafetensorsHeader = 100'000'000;

/// Adds the tensors of one file to \p store, which then owns the mapping. The header must index every byte of the
/// data exactly once: no hole, no overlap, nothing behind the last tensor.
llvm::Error addSafetensors(std::shared_ptr<MappedFile> file, TensorStore &store);

/// Reads one file.
llvm::Expected<TensorStore> readSafetensors(llvm::StringRef path);

/// Reads `model.safetensors`, or the shards of `model.safetensors.index.json`. Every tensor of the index must be in
/// the shard that the index says, and no tensor in two shards.
llvm::Expected<TensorStore> readSafetensorsDirectory(const ModelDirectory &directory);

} // namespace braid::formats
