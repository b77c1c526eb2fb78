// SPDX-License-Identifier: Apache-2.0
/// \file
/// Compiling functions on f32 tensors and running them in this process.
#pragma once

#include "compiler/targets/cpu/CodeGen.h"
#include "compiler/targets/cpu/Jit.h"

namespace braid::cpu {

/// A function on f32 tensors of static shape, of which the last argument may be an index. Its arguments, results and
/// scratch memory lie in one frame, which the caller owns: 64-byte aligned, `frameBytes` long.
class CompiledTensors {
public:
  /// Compiles `function`, which stays as it is.
  static llvm::Expected<CompiledTensors> create(mlir::func::FuncOp function, const Isa &isa);

  int64_t frameBytes = 0;
  /// Byte offsets in the frame, of each tensor argument and result.
  llvm::SmallVector<int64_t> arguments, results;
  /// How many numbers each result has.
  llvm::SmallVector<int64_t> resultSizes;

  void call(void *frame, int64_t count) const { entry(frame, count); }

private:
  std::shared_ptr<Jit> jit;
  void (*entry)(void *frame, int64_t count) = nullptr;
};

/// Gives every memref.alloc of static shape in `function` a place in `frame` (memref of i8) from byte `from` on; such
/// that are not used at the same time share one. Returns the end of the last one.
int64_t planScratch(mlir::func::FuncOp function, mlir::Value frame, int64_t from);

/// Rewrites matrix products on buffers (linalg.matmul and its kin, f32) as register tiles of vectors of `lanes`.
void vectorizeProducts(mlir::func::FuncOp function, int64_t lanes);

} // namespace braid::cpu
