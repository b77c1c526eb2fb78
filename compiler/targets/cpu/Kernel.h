// SPDX-License-Identifier: Apache-2.0
/// \file
/// A kernel as the CPU target runs it: which emitter, which packed weights, how it is called.
#pragma once

#include "compiler/targets/cpu/CodeGen.h"
#include "compiler/targets/cpu/Emit.h"
#include "compiler/targets/cpu/WeightLayout.h"
#include "compiler/targets/cpu/kernels/Nonlinearity.h"
#include "dialects/braid/Braid.h"

namespace braid::cpu {

struct SelectOptions {
  bool exact = false;     ///< f32 activations everywhere
  bool reference = false; ///< every kernel by its naive meaning
};

/// Weights that a kernel reads through one pointer.
struct WeightGroup {
  enum class Form : uint8_t {
    Panels,      ///< matrices, packed by `layout`, one after the other from a panel boundary
    Interleaved, ///< two matrices, panel by panel
    Plain,       ///< f32 numbers, row-major, one tensor after the other
  };
  Form form = Form::Plain;
  WeightLayout layout;
  llvm::SmallVector<unsigned> arguments; ///< of the kernel's function, in packing order
  int64_t bytes = 0;
};

/// What a call of a kernel is given. Values are pointers, or i64 for index arguments.
struct CallSite {
  mlir::Value call, rows, scratch;
  llvm::SmallVector<mlir::Value> arguments; ///< one for each argument of the function; null for weights
  llvm::SmallVector<mlir::Value> weights;   ///< one for each group
  llvm::SmallVector<mlir::Value> outputs;   ///< one for each tensor result
};

struct Kernel {
  mlir::func::FuncOp function;
  llvm::SmallVector<WeightGroup> weights;
  std::function<int64_t(int64_t rows)> scratchBytes = [](int64_t) { return 0; };
  /// Emits the kernel's code; called once an ISA level, before any call.
  std::function<mlir::LLVM::LLVMFuncOp(Emit &, const Isa &)> define;
  /// Emits one call of what `define` gave.
  std::function<void(Emit &, mlir::LLVM::LLVMFuncOp, const CallSite &)> call;
};

/// The kernel for an outlined function (`braid.kernel`): the first emitter that recognises it, else its naive meaning.
mlir::FailureOr<Kernel> selectKernel(mlir::func::FuncOp function, const SelectOptions &options);

// The emitters, in the order in which they are tried.
std::optional<Kernel> selectContraction(mlir::func::FuncOp function, const SelectOptions &options);
std::optional<Kernel> selectAttention(mlir::func::FuncOp function, const SelectOptions &options);
std::optional<Kernel> selectRecurrence(mlir::func::FuncOp function, const SelectOptions &options);
std::optional<Kernel> selectLatentAttention(mlir::func::FuncOp function, const SelectOptions &options);
std::optional<Kernel> selectRouter(mlir::func::FuncOp function, const SelectOptions &options);
std::optional<Kernel> selectExperts(mlir::func::FuncOp function, const SelectOptions &options);
std::optional<Kernel> selectEmbed(mlir::func::FuncOp function, const SelectOptions &options);
std::optional<Kernel> selectRopeTable(mlir::func::FuncOp function, const SelectOptions &options);
std::optional<Kernel> selectRows(mlir::func::FuncOp function, const SelectOptions &options);
Kernel selectGeneric(mlir::func::FuncOp function);

/// The layout in which a matrix of that storage is packed. Every storage keeps its exact values:
/// f32, f16, bf16, q8_0, q4_0 and q4_1 in their own form; q4_k with f32 scales; q5_* and q6_k with one byte a code.
WeightLayout packedLayout(graph::Storage storage, int64_t k);

Nonlinearity nonlinearityOf(graph::Activation kind);

/// How rows of keys and values, or of latents, are kept.
Codes cacheCodes(graph::StateStorage storage);

/// Bytes of a row of latents as the kernels lay it out.
int64_t latentRowBytes(graph::LatentType type);

/// Bytes of recurrent states as the kernels lay them out: K and V in multiples of 16.
int64_t recurrentBytes(graph::RecurrentType type);

} // namespace braid::cpu
