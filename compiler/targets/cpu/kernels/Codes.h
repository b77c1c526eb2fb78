// SPDX-License-Identifier: Apache-2.0
/// \file
/// Weight codes in registers: the head of a group, codes as f32, codes as operands of integer dot products.
#pragma once

#include "compiler/targets/cpu/CodeGen.h"
#include "compiler/targets/cpu/Emit.h"
#include "compiler/targets/cpu/WeightLayout.h"

namespace braid::cpu {

/// Scales and minima of a group, a column each; `min` is null where the layout has none.
struct GroupHead {
  mlir::Value scale, min;
};
GroupHead loadGroupHead(Emit &emit, const WeightLayout &layout, mlir::Value address);

/// How many k one 64-byte vector of codes holds for each of its 16 columns: 4 or 8.
inline int64_t stepK(const WeightLayout &layout) { return layout.codes == Codes::U4 ? 8 : 4; }

/// Codes of k = `index` (in [0, stepK)) of a vector of 16 dwords, as f32.
mlir::Value codesAsFloat(Emit &emit, const WeightLayout &layout, mlir::Value dwords, int64_t index);

/// Four k of 16 columns as operand of a dot product: u8 with VNNI (`even` alone), else even and odd bytes as i16.
struct DotOperand {
  mlir::Value even, odd;
};
llvm::SmallVector<DotOperand> dotOperands(Emit &emit, const Isa &isa, const WeightLayout &layout, mlir::Value dwords);

/// acc[column] + sum over four k of weights * activations at `address` (QuantTile.h has their layout).
mlir::Value dot(Emit &emit, const Isa &isa, mlir::Value acc, const DotOperand &weights, mlir::Value address);

} // namespace braid::cpu
