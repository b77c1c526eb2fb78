// SPDX-License-Identifier: Apache-2.0
/// \file
/// What the micro-kernels share: walking rows by tiles, and addresses of a tile's rows in few registers.
#pragma once

#include "compiler/targets/cpu/CodeGen.h"
#include "compiler/targets/cpu/Emit.h"

namespace braid::cpu {

/// As forRowTiles of Tile.h, for given tile heights (descending, ending in 1).
void forRowTiles(Emit &emit, llvm::ArrayRef<int> sizes, mlir::Value rows,
                 llvm::function_ref<void(mlir::Value first, int count)> body);

/// Keeps the code generator from moving loads across this point: gathered early, a tile's broadcasts would spill.
void loadFence(Emit &emit);
/// The same, and `sums` (vectors of 16 i32) are computed by then: their products' operands are free again.
void sumFence(Emit &emit, const Isa &isa, llvm::MutableArrayRef<mlir::Value> sums);

/// Rows of activations as x86 addresses: five rows share a base pointer (base + stride * {0, 1, 2, 3, 4}), so that a
/// tile of 12 rows needs 3 bases, the stride and three times the stride instead of 12 pointers.
struct RowPointers {
  static constexpr int kReach = 5;
  int rows;
  mlir::Value start, stride, stride3;

  llvm::SmallVector<mlir::Value> bases(Emit &emit) const;
  mlir::Value row(Emit &emit, mlir::ValueRange bases, int row) const;
};

} // namespace braid::cpu
