// SPDX-License-Identifier: Apache-2.0
/// \file
/// Finds the rows of weights in the tensors of a model file.
#include "compiler/WeightView.h"

#include "models/formats/Dequantize.h"
#include "models/formats/FormatError.h"

#include <cmath>
#include <cstring>

using namespace braid::formats;
namespace braid {

static int64_t elementsOf(const Tensor &tensor) { return tensor.rowCount() * tensor.rowElements(); }

llvm::Expected<WeightView> WeightView::create(const cpu::WeightSource &source, const TensorStore &tensors) {
  WeightView view;
  view.source = &source;
  llvm::ArrayRef<int64_t> shape = source.shape;
  int64_t all = 1;
  for (int64_t dim : shape)
    all *= dim;
  view.rowWidth = shape.size() > 1 ? shape.back() : source.rows.empty() ? all : 1;
  view.rowCount = all / view.rowWidth;
  view.storedWidth = source.transposed ? shape[shape.size() - 2] : view.rowWidth;
  if (!source.values.empty())
    return view;
  size_t hole = source.name.find("{}");
  int64_t partCount = hole != std::string::npos && shape.size() == 3 ? shape[0] : 1;
  for (int64_t i = 0; i < partCount; ++i) {
    std::string name = source.name;
    if (hole != std::string::npos)
      name.replace(hole, 2, std::to_string(i));
    llvm::Expected<const Tensor *> tensor = tensors.get(name);
    if (!tensor)
      return tensor.takeError();
    view.parts.push_back(*tensor);
  }
  view.fileType = view.parts.front()->dtype;
  bool unpacks = source.transposed && blockElements(view.fileType) > 1;
  view.type = unpacks ? DType::F32 : view.fileType;
  int64_t storedRows = all / view.storedWidth / partCount;
  if (!source.rows.empty())
    storedRows = storedRows / source.rows[2] * source.rows[0];
  view.storedPerPart = all / view.storedWidth / partCount;
  for (const Tensor *tensor : view.parts) {
    bool cutsBlocks = tensor->rowElements() != view.storedWidth && blockElements(tensor->dtype) > 1;
    if (!canDequantize(tensor->dtype) || tensor->dtype != view.fileType || cutsBlocks)
      return tensorError(tensor->file, tensor->name, tensor->offset, "expected a type that can be compiled as " +
                         std::string(cutsBlocks ? "a view of it" : "it is") + ", got " +
                         dtypeName(tensor->dtype));
    if (elementsOf(*tensor) != storedRows * view.storedWidth)
      return tensorError(tensor->file, tensor->name, tensor->offset,
                         "expected " + std::to_string(storedRows * view.storedWidth) + " numbers, got " +
                             std::to_string(elementsOf(*tensor)));
  }
  return view;
}

const uint8_t *WeightView::stored(int64_t index) const {
  const Tensor &tensor = *parts[index / storedPerPart];
  int64_t row = index % storedPerPart;
  if (!source->rows.empty())
    row = row / source->rows[2] * source->rows[0] + source->rows[1] + row % source->rows[2];
  return tensor.data.data() + row * (storedWidth / int64_t(blockElements(fileType)) * int64_t(blockBytes(fileType)));
}

const uint8_t *WeightView::row(int64_t index, std::vector<uint8_t> &scratch) const {
  if (!source->values.empty())
    return reinterpret_cast<const uint8_t *>(source->values.data() + index * rowWidth);
  if (!source->transposed)
    return stored(index);
  int64_t bytes = blockBytes(type), matrix = index / storedWidth, column = index % storedWidth;
  scratch.resize(rowWidth * bytes);
  if (int64_t block = blockElements(fileType); block > 1) {
    float numbers[256]; // of the one block of each stored row that has the column
    for (int64_t i = 0; i < rowWidth; ++i) {
      dequantizeRow(fileType, stored(matrix * rowWidth + i) + column / block * blockBytes(fileType), block, numbers);
      std::memcpy(&scratch[i * bytes], &numbers[column % block], bytes);
    }
    return scratch.data();
  }
  for (int64_t i = 0; i < rowWidth; ++i)
    std::memcpy(&scratch[i * bytes], stored(matrix * rowWidth + i) + column * bytes, bytes);
  return scratch.data();
}

void WeightView::finish(llvm::MutableArrayRef<float> numbers) const {
  if (!source->function)
    return;
  for (float &x : numbers)
    switch (*source->function) {
    case graph::WeightFunction::PlusOne: x = 1 + x; break;
    case graph::WeightFunction::NegExp: x = -std::exp(x); break;
    case graph::WeightFunction::Exp: x = std::exp(x); break;
    }
}

} // namespace braid
