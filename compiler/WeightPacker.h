// SPDX-License-Identifier: Apache-2.0
/// \file
/// Writes the .weights file: the model's tensors in the layouts that kernels read.
#pragma once

#include "compiler/targets/cpu/WeightPlan.h"
#include "models/formats/TensorFile.h"

namespace braid {

/// Packs `plan` into `path` (written beside and renamed: an old file stays whole on failure), on all cores.
/// `progress` is called with the share done, in [0, 1], from one thread. Returns the hash of layout and contents that
/// the file's head has: the library that is linked for it must have the same.
llvm::Expected<uint64_t> packWeights(const cpu::WeightPlan &plan, const formats::TensorStore &tensors, llvm::StringRef path,
                        llvm::function_ref<void(double)> progress);

/// The same into memory: `payload` has `plan.bytes` zeroed bytes.
llvm::Expected<uint64_t> packWeights(const cpu::WeightPlan &plan, const formats::TensorStore &tensors, uint8_t *payload,
                        llvm::function_ref<void(double)> progress);

} // namespace braid
