// SPDX-License-Identifier: Apache-2.0
/// \file
/// How a row program runs: slices of a row, each by a few loops over its features.
///
/// A loop has a level. What a loop computes stays in registers; what later loops need goes to memory: to a result's
/// place, or to scratch of one slice. A sum ends a loop, as do values that are read at other features than their own.
#pragma once

#include "compiler/targets/cpu/kernels/RowProgram.h"

namespace braid::cpu {

/// One loop over the features of a slice.
struct RowLoop {
  int level;
  int64_t width;                       ///< features of the slice
  int64_t heads = 1;                   ///< the loop is a nest: over heads, then over width / heads features
  llvm::SmallVector<RowId> stores;     ///< nodes that it writes to memory
  llvm::SmallVector<RowId> reductions; ///< Reduce nodes whose sums it takes
  bool isScalar = false;               ///< too narrow for vectors
  int64_t cycles = 0;                  ///< about what 16 features (or one, if scalar) take
};

struct RowPlan {
  /// Where a node lies once its loop is done.
  struct Place {
    int level = 0;         ///< of the loop that computes it; of a sum, one more
    bool isStored = false; ///< in memory after its loop
    int output = -1;       ///< stored there, else
    int64_t offset = -1;   ///< stored in scratch, in bytes
  };

  /// Cuts rows into `slices`, a divisor of the program's independentSlices; 0: as many as pay.
  explicit RowPlan(const RowProgram &program, int64_t slices = 0);

  const RowProgram &program;
  int64_t slices = 1;         ///< of a row
  std::vector<Place> places;  ///< of each node
  std::vector<RowLoop> loops; ///< in order
  int64_t scratchBytes = 0;   ///< of one slice
  int64_t sliceCycles = 0;    ///< about what a slice takes

  int64_t width(RowId id) const { return program.nodes[id].width / slices; }
  /// Whether a loop of that level reads the node from memory.
  bool isInMemory(RowId id, int level) const;

private:
  void assignLevels();
  void sink();
  void chooseStores();
  void makeLoops();
  void estimate();
  bool canSink(RowId id, int level) const;
  int64_t cost(RowId id) const;
  int64_t nestFor(const RowLoop &loop) const;
  /// Visits what a loop evaluates, each node once.
  void visit(const RowLoop &loop, llvm::function_ref<void(RowId)> action) const;
  bool readsFromMemory(RowId user) const {
    return program.nodes[user].op == RowOp::Spread || program.nodes[user].op == RowOp::Rope;
  }
  /// The level of the loop in which `user` needs its operands computed.
  int useLevel(RowId user) const {
    bool before = program.nodes[user].op == RowOp::Reduce || readsFromMemory(user);
    return places[user].level - before;
  }
  std::vector<llvm::SmallVector<RowId>> users;
};

} // namespace braid::cpu
