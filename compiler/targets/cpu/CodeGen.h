// SPDX-License-Identifier: Apache-2.0
/// \file
/// From a module of kernels (llvm, scf, arith, vector, math dialects) to object code, in process.
#pragma once

#include "dialects/Precompiled.h"

#include <future>

namespace llvm {
class Module;
}

namespace braid::cpu {

struct Schedule;

/// One level of the x86-64 instruction set that code is generated for.
struct Isa {
  std::string name;     ///< "x86-64-v3", "x86-64-v4", or "native" (this machine)
  std::string cpu;      ///< LLVM's -mcpu
  std::string features; ///< LLVM's -mattr
  uint64_t required;    ///< BRAID_CPU_* bits (braid_abi.h) that the code needs at run time
  bool avx512 = false;  ///< 512-bit vectors
  bool vnni = false;    ///< vpdpbusd on 512-bit vectors
  const Schedule *schedule = nullptr; ///< tile sizes and the like, Schedule.h; null: the level's own
};

/// The levels by name; nothing for a name that is not known.
std::optional<Isa> findIsa(llvm::StringRef name);

/// Adds the passes that take kernels to the llvm dialect; with `hasTensors`, naive meanings among them.
void addLoweringToLlvm(mlir::OpPassManager &manager, bool hasTensors = false);

/// Runs them.
mlir::LogicalResult lowerToLlvm(mlir::ModuleOp module);

/// Lowers `module` in place to the llvm dialect, then to an object file for `isa`. Emits a diagnostic on failure.
mlir::FailureOr<llvm::SmallVector<char, 0>> emitObject(mlir::ModuleOp module, const Isa &isa);

/// The same on a thread of its own, once the module is LLVM IR: several ISA levels are generated side by side.
using ObjectJob = std::future<llvm::Expected<llvm::SmallVector<char, 0>>>;
mlir::FailureOr<ObjectJob> startObject(mlir::ModuleOp module, const Isa &isa);

/// Optimises LLVM IR for `isa` and gives its object file. Kernels come vectorised; with `hasScalarLoops`, loops are
/// vectorised here.
llvm::Expected<llvm::SmallVector<char, 0>> emitLlvmModule(llvm::Module &code, const Isa &isa,
                                                          bool hasScalarLoops = false);

} // namespace braid::cpu
