// SPDX-License-Identifier: Apache-2.0
/// \file The common view of the tensors of a model, whatever the file format.
#pragma once

#include "models/formats/DType.h"
#include "models/formats/MappedFile.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/Error.h"
#include <memory>
#include <string>
#include <vector>

namespace braid::formats {

/// One named tensor. Its bytes are little-endian and row-major, and may start at any address.
struct Tensor {
  std::string name;
  DType dtype;
  llvm::SmallVector<int64_t, 4> shape; ///< Slowest first ([out, in] for a matrix), for every format.
  llvm::ArrayRef<uint8_t> data;        ///< Points into the mapping that the TensorStore owns.
  std::string file;
  uint64_t offset; ///< Of `data` in `file`, in bytes.

  /// Elements of the innermost dimension; 1 for a scalar.
  int64_t rowElements() const { return shape.empty() ? 1 : shape.back(); }
  /// Number of rows; 0 when the tensor is empty.
  int64_t rowCount() const;
  uint64_t rowBytes() const { return uint64_t(rowElements()) / blockElements(dtype) * blockBytes(dtype); }
};

/// The tensors of a model and the mappings that they point into. Moving it keeps every view valid.
class TensorStore {
public:
  /// The tensor of that name, or null. Valid until the store is changed or gone.
  const Tensor *find(llvm::StringRef name) const;

  /// The tensor of that name, or an error that says which file lacks it.
  llvm::Expected<const Tensor *> get(llvm::StringRef name) const;

  /// In the order of the files, and of the bytes in each.
  llvm::ArrayRef<Tensor> tensors() const { return all; }
  uint64_t totalBytes() const { return total; }

  /// Keeps a mapping alive as long as the store.
  void own(std::shared_ptr<MappedFile> file) { files.push_back(std::move(file)); }

  /// Adds a tensor whose byte range was checked. Fails when the name is there already.
  llvm::Error add(Tensor tensor);

private:
  std::vector<std::shared_ptr<MappedFile>> files;
  std::vector<Tensor> all;
  llvm::StringMap<size_t> index;
  uint64_t total = 0;
};

} // namespace braid::formats
