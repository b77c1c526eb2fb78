// SPDX-License-Identifier: Apache-2.0
/// \file The tensor store.
#include "models/formats/TensorFile.h"
#include "models/formats/FormatError.h"

using namespace llvm;

namespace braid::formats {

int64_t Tensor::rowCount() const {
  int64_t elements = int64_t(elementCount(shape).value_or(0));
  return elements == 0 ? 0 : elements / rowElements();
}

const Tensor *TensorStore::find(StringRef name) const {
  auto found = index.find(name);
  return found == index.end() ? nullptr : &all[found->second];
}

Expected<const Tensor *> TensorStore::get(StringRef name) const {
  if (const Tensor *tensor = find(name))
    return tensor;
  return tensorError(files.empty() ? StringRef("model") : files.front()->path(), name,
                     "expected this tensor, but it is not there");
}

Error TensorStore::add(Tensor tensor) {
  auto [place, added] = index.try_emplace(tensor.name, all.size());
  if (!added)
    return tensorError(tensor.file, tensor.name, tensor.offset,
                       "expected a name once, but it is also in " + all[place->second].file);
  total += tensor.data.size();
  all.push_back(std::move(tensor));
  return Error::success();
}

} // namespace braid::formats
