// SPDX-License-Identifier: Apache-2.0
/// \file
/// The rows of a weight, wherever the model file keeps them.
#pragma once

#include "compiler/targets/cpu/WeightPlan.h"
#include "models/formats/TensorFile.h"

namespace braid {

/// A weight of shape [..., out, in] as rows of `in` numbers, one after the other; a vector is one row, or one row a
/// number where a view takes it apart.
class WeightView {
public:
  /// Finds the tensors. Fails when one is missing, or has another size or a type that cannot be compiled.
  static llvm::Expected<WeightView> create(const cpu::WeightSource &source, const formats::TensorStore &tensors);

  formats::DType dtype() const { return type; }
  int64_t rows() const { return rowCount; }
  int64_t width() const { return rowWidth; }
  /// The bytes of a row; those of a transposed one are gathered into `scratch`, and unpacked if the file has blocks.
  const uint8_t *row(int64_t index, std::vector<uint8_t> &scratch) const;
  /// Applies the source's function to unpacked numbers.
  void finish(llvm::MutableArrayRef<float> numbers) const;
  /// The first tensor, for messages.
  const formats::Tensor *tensor() const { return parts.empty() ? nullptr : parts.front(); }

private:
  const uint8_t *stored(int64_t index) const;

  const cpu::WeightSource *source = nullptr;
  std::vector<const formats::Tensor *> parts; ///< one, or one for each matrix of a stack
  formats::DType type = formats::DType::F32, fileType = formats::DType::F32; ///< of rows, and of what is stored
  int64_t rowCount = 0, rowWidth = 0;
  int64_t storedWidth = 0, storedPerPart = 0; ///< rows as the view finds them, before it transposes
};

} // namespace braid
