// SPDX-License-Identifier: Apache-2.0
/// \file
/// Code made callable in this process: what certificates, checks and kernel benchmarks run.
#pragma once

#include "compiler/targets/cpu/CodeGen.h"
#include "compiler/targets/cpu/Emit.h"

namespace braid::cpu {

class Jit {
public:
  /// Generates code for the kernels of `module`, which is lowered in place, and links it into this process. Errors,
  /// each after a diagnostic: the module does not verify, or `isa` has no code for it.
  static llvm::Expected<std::unique_ptr<Jit>> compile(mlir::ModuleOp module, const Isa &isa);
  /// Links `object` (as emitLlvmModule returns it) into this process.
  static llvm::Expected<std::unique_ptr<Jit>> create(llvm::ArrayRef<char> object);
  virtual ~Jit() = default;
  /// The address of an exported function. Errors: there is none, or the code calls a function that is nowhere.
  virtual llvm::Expected<void *> find(llvm::StringRef name) = 0;
  /// The same for the name of a function that the caller emitted: it is there.
  template <typename Function> Function *get(llvm::StringRef name) {
    return reinterpret_cast<Function *>(llvm::cantFail(find(name)));
  }
};

/// Kernels differ in how many parameters they have: those that are called through one type take each of them from a
/// slot of 8 bytes, a pointer or an i64.
using SlotFunction = void(const void *const *slots);

/// Emits an exported SlotFunction that calls `kernel`.
void emitSlotFunction(Emit &emit, llvm::StringRef name, mlir::LLVM::LLVMFuncOp kernel);

/// What a slot holds of an i64.
inline const void *slotOf(int64_t value) { return reinterpret_cast<const void *>(value); }

} // namespace braid::cpu
