// SPDX-License-Identifier: Apache-2.0
/// \file
/// The values of row programs, 16 features (or one) at a time.
#pragma once

#include "compiler/targets/cpu/kernels/RowPlan.h"

namespace braid::cpu {

/// Where the memory of a slice starts.
struct RowMemory {
  llvm::SmallVector<mlir::Value> inputs;  ///< the slice's part of each input
  llvm::SmallVector<mlir::Value> tables;  ///< the whole row of each input
  llvm::SmallVector<mlir::Value> weights; ///< the slice's part of each weight (tiled, or of one number: all of it)
  std::map<std::pair<int, int64_t>, mlir::Value> earlier; ///< the slice's part of a state's stream, so many rows before
  llvm::SmallVector<mlir::Value> outputs; ///< the slice's part of each output
  mlir::Value scratch;
};

/// Features of a slice that are computed at once.
struct RowPosition {
  mlir::Value head, inHead, feature; ///< i64: which head of the nest, where in it, where in the slice
  mlir::Value mask;                  ///< of the lanes that exist; null: all
};

/// Emits the nodes that a loop needs at one position, each once.
class RowCode {
public:
  RowCode(Emit &emit, const RowPlan &plan, const RowLoop &loop, const RowMemory &memory, RowPosition at)
      : e(emit), plan(plan), program(plan.program), loop(loop), memory(memory), at(at) {}

  mlir::Value get(RowId id);
  /// Stores a node where it lies from now on.
  void store(RowId id);

private:
  mlir::Value compute(RowId id);
  mlir::Value weight(const RowNode &node);
  mlir::Value tap(const RowNode &node);
  mlir::Value rope(const RowNode &node);
  mlir::Value ropeOfVectors(const RowNode &node);
  mlir::Value ropeOfLanes(const RowNode &node);

  mlir::Type type() { return loop.isScalar ? mlir::Type(e.getF32Type()) : mlir::Type(e.vf32()); }
  int64_t headWidth() const { return loop.width / loop.heads; }
  /// Whether the lanes lie in one of the slice's groups of `size` features.
  bool isInOneGroup(int64_t size) const {
    return loop.isScalar || size % headWidth() == 0 || (size % kLanes == 0 && headWidth() % kLanes == 0);
  }
  mlir::Value homeOf(RowId id);
  mlir::Value contiguous(mlir::Value base, mlir::Value element);
  /// base[feature / repeats] in each lane.
  mlir::Value spread(mlir::Value base, int64_t repeats);
  mlir::Value gather(mlir::Value base, mlir::Value lanes); ///< lanes: i32
  mlir::Value featureLanes();                              ///< i32
  mlir::Value number(mlir::Value base, mlir::Value element) { ///< one f32
    return e.load(e.getF32Type(), e.at(base, e.mul(element, e.i64(4))), 4);
  }
  mlir::Value quotient(mlir::Value a, int64_t b);
  mlir::Value remainder(mlir::Value a, int64_t b);

  Emit &e;
  const RowPlan &plan;
  const RowProgram &program;
  const RowLoop &loop;
  const RowMemory &memory;
  RowPosition at;
  llvm::DenseMap<RowId, mlir::Value> known;
};

} // namespace braid::cpu
