// SPDX-License-Identifier: Apache-2.0
/// \file
/// Where each weight lies in the .weights payload. A layer kind's weights have fixed offsets from the layer's base, so
/// that one function serves all its layers.
#pragma once

#include "compiler/targets/cpu/Kernel.h"

namespace braid::cpu {

/// What a `braid.weight` names: see there.
struct WeightSource {
  std::string name;
  llvm::SmallVector<int64_t> shape, rows; ///< rows: [block, begin, size], or empty
  bool transposed = false;
  std::optional<graph::WeightFunction> function;
  std::vector<float> values;

  WeightSource() = default;
  explicit WeightSource(graph::WeightOp op);
  bool operator==(const WeightSource &) const = default;
};

/// One piece of the payload, for the packer.
struct PackItem {
  WeightGroup::Form form;
  WeightLayout layout;
  std::vector<WeightSource> sources; ///< in packing order
  int64_t offset, bytes;          ///< offset is a multiple of 64

  bool holdsSame(const PackItem &other) const {
    return form == other.form && layout == other.layout && sources == other.sources;
  }
};

struct WeightPlan {
  std::vector<PackItem> items;
  int64_t bytes = 0; ///< of the payload
  /// Offset of each group of a kernel call: from the payload's start in main, from the layer's base in a layer.
  llvm::DenseMap<mlir::Operation *, llvm::SmallVector<int64_t>> groups;
  /// Payload offset of a layer call's weights.
  llvm::DenseMap<mlir::Operation *, int64_t> layerBase;

  /// A hash of names, forms and offsets, which the artifact's two halves must share.
  uint64_t hash() const;
};

using KernelMap = llvm::MapVector<mlir::StringAttr, Kernel>;

/// Plans the payload of `main` and the layers it calls.
mlir::FailureOr<WeightPlan> planWeights(mlir::func::FuncOp main, const KernelMap &kernels);

} // namespace braid::cpu
