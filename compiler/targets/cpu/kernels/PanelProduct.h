// SPDX-License-Identifier: Apache-2.0
/// \file
/// A few rows of prepared activations times a few panels of packed weights, for every layout.
#pragma once

#include "compiler/targets/cpu/kernels/Contraction.h"

namespace braid::cpu {

struct PanelProduct {
  const Isa &isa;
  WeightLayout layout;
  ActivationType activations;
  int64_t rowBytes;   ///< from one prepared row to the next
  int64_t unitPanels; ///< panels that lie side by side in the output, TileSchedule::unitPanels

  /// out [count][unitPanels * 16] f32 = `count` rows at `a` times the first `panels` panels from `weights` on.
  void emit(Emit &emit, int count, mlir::Value a, mlir::Value weights, mlir::Value panels, mlir::Value out) const;
};

} // namespace braid::cpu
