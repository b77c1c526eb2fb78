// SPDX-License-Identifier: Apache-2.0
/// \file
/// What GGUF files call the tensors that families name as Hugging Face checkpoints do.
#pragma once

#include "models/architectures/Graph.h"

namespace braid::models {

/// What all architectures share.
extern const llvm::ArrayRef<FileName> ggufTensorNames;

/// The name in the file, by the first list that has the tensor; `name` itself if none has. `applied` is set if the
/// file's numbers are those behind the view's function.
std::string fileNameOf(llvm::StringRef name, llvm::ArrayRef<llvm::ArrayRef<FileName>> lists, bool *applied = nullptr);

} // namespace braid::models
