// SPDX-License-Identifier: Apache-2.0
/// \file
/// A small builder for CPU kernels: pointers, 16-lane vectors, loops and fork-joins in the llvm, arith, vector and scf
/// dialects. Kernels are `llvm.func`s on raw pointers; all integers are i64 unless said otherwise.
#pragma once

#include "dialects/Precompiled.h"

namespace braid::cpu {

/// Logical vector width in 32-bit lanes, on every ISA: LLVM splits a 16-lane vector into two ymm registers on AVX2.
inline constexpr int64_t kLanes = 16;

class Emit : public mlir::ImplicitLocOpBuilder {
public:
  /// Emits into `module`, at its end.
  explicit Emit(mlir::ModuleOp module);

  mlir::ModuleOp module() const { return moduleOp; }

  // Types.
  mlir::Type ptr();
  mlir::VectorType vec(mlir::Type element, int64_t lanes = kLanes);
  mlir::VectorType vf32() { return vec(getF32Type()); }

  // Scalars and vectors.
  mlir::Value i64(int64_t value);
  mlir::Value i32(int32_t value);
  mlir::Value f32(double value);
  /// A constant of `type` (integer, float or vector of them), every lane the same.
  mlir::Value constant(mlir::Type type, double value);
  mlir::Value constant(mlir::Type type, int64_t value);
  mlir::Value splat(mlir::Value scalar, int64_t lanes = kLanes);
  mlir::Value add(mlir::Value a, mlir::Value b); ///< integer or float, scalar or vector
  mlir::Value sub(mlir::Value a, mlir::Value b);
  mlir::Value mul(mlir::Value a, mlir::Value b);
  mlir::Value div(mlir::Value a, mlir::Value b); ///< signed integers (towards zero) or floats
  mlir::Value rem(mlir::Value a, mlir::Value b);
  mlir::Value min(mlir::Value a, mlir::Value b); ///< signed integers or floats (the second operand wins on NaN)
  mlir::Value max(mlir::Value a, mlir::Value b);
  mlir::Value fma(mlir::Value a, mlir::Value b, mlir::Value c); ///< a * b + c
  mlir::Value ceilDiv(mlir::Value a, int64_t b);
  mlir::Value less(mlir::Value a, mlir::Value b); ///< signed a < b
  mlir::Value select(mlir::Value condition, mlir::Value a, mlir::Value b);
  /// Sum (or maximum) of a vector's lanes, by halving: a fixed order, so the same bits on every ISA.
  mlir::Value sumLanes(mlir::Value vector);
  mlir::Value maxLanes(mlir::Value vector);
  /// The low `count` (a value in [0, 16]) lanes set.
  mlir::Value tailMask(mlir::Value count, int64_t lanes = kLanes);

  // Memory. Offsets are in bytes.
  mlir::Value at(mlir::Value base, mlir::Value byteOffset);
  mlir::Value at(mlir::Value base, int64_t byteOffset);
  mlir::Value load(mlir::Type type, mlir::Value address, unsigned alignment = 1);
  void store(mlir::Value value, mlir::Value address, unsigned alignment = 1);
  /// Masked forms: lanes that are off are not touched (0 when loaded).
  mlir::Value loadMasked(mlir::VectorType type, mlir::Value address, mlir::Value mask);
  void storeMasked(mlir::Value value, mlir::Value address, mlir::Value mask);
  /// Copies `count` f32 numbers between places that do not overlap, and touches no byte beyond them.
  void copyFloats(mlir::Value from, mlir::Value to, int64_t count);
  void prefetch(mlir::Value address, int locality = 3);
  mlir::Value stackSlot(int64_t bytes, unsigned alignment = 64); ///< in the entry block of the current function

  // Control.
  using Body = llvm::function_ref<void(mlir::Value)>;
  using CarryBody = llvm::function_ref<llvm::SmallVector<mlir::Value>(mlir::Value, mlir::ValueRange)>;
  void loop(mlir::Value from, mlir::Value to, mlir::Value step, Body body);
  llvm::SmallVector<mlir::Value> loop(mlir::Value from, mlir::Value to, mlir::Value step, mlir::ValueRange carried,
                                      CarryBody body);
  void ifThen(mlir::Value condition, llvm::function_ref<void()> then, llvm::function_ref<void()> otherwise = {});

  // Functions.
  /// Defines an `llvm.func` (internal linkage unless `exported`); `body` must not terminate it.
  mlir::LLVM::LLVMFuncOp function(llvm::StringRef name, llvm::ArrayRef<mlir::Type> params,
                                  llvm::function_ref<void(mlir::ValueRange)> body, bool exported = false);
  void call(mlir::LLVM::LLVMFuncOp callee, mlir::ValueRange args);
  mlir::Value intrinsic(llvm::StringRef name, mlir::Type result, mlir::ValueRange args);

  // The call block (braid_abi.h) and fork-joins.
  enum class Field : int64_t {
    Parallel = 0, Pool = 8, Weights = 16, States = 24, Arena = 32, Tokens = 40, Count = 48, Position = 56,
    Logits = 64, LogitRows = 72, Threads = 80,
  };
  mlir::Value field(mlir::Value call, Field field); ///< a pointer or i64, as the field's type is
  /// Runs `task(values..., index)` for index in [0, n): packs `values` (pointers, i64, f32) into an argument block,
  /// emits the task function that unpacks them, and calls `call->parallel`. Everything the body needs must be in
  /// `values`: the body sees them again as its arguments, then the index.
  void parallel(llvm::StringRef name, mlir::Value call, mlir::Value n, mlir::ValueRange values,
                llvm::function_ref<void(mlir::ValueRange values, mlir::Value index)> body);

private:
  mlir::ModuleOp moduleOp;
};

} // namespace braid::cpu
