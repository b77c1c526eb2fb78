// SPDX-License-Identifier: Apache-2.0
/// \file
/// The functions of a check file in one form: compiled for one ISA level, linked into this process, weights packed.
#pragma once

#include "compiler/numerics/Data.h"
#include "compiler/targets/cpu/CpuTarget.h"
#include "compiler/targets/cpu/Jit.h"
#include "runtime/include/braid_abi.h"

namespace braid::numerics {

/// One way of compiling.
struct Form {
  std::string isa;           ///< level, for cpu::findIsa
  cpu::SelectOptions select;
  std::string name() const { return isa + ", " + (select.reference ? "reference" : select.exact ? "exact" : "default"); }
};

/// 64-byte aligned, zeroed memory.
class Buffer {
public:
  explicit Buffer(int64_t bytes) : memory(bytes / 64 + 2) {}
  uint8_t *data() { return memory.data()->bytes; }

private:
  struct alignas(64) Line {
    uint8_t bytes[64] = {};
  };
  std::vector<Line> memory;
};

/// What every form is compiled from: the file's functions, called by one `main` that names their weights
/// `<function>.<argument>`. Emits diagnostics.
class Tests {
public:
  static mlir::FailureOr<Tests> create(mlir::ModuleOp file, llvm::ArrayRef<mlir::func::FuncOp> functions);
  mlir::ModuleOp module() const { return *program; }
  const formats::TensorStore &weights() const { return random.tensors(); }

private:
  mlir::OwningOpRef<mlir::ModuleOp> program;
  RandomWeights random;
};

class Program {
public:
  /// Takes `tests` through all phases. Fails with a diagnostic; also where the code allocates memory.
  static mlir::FailureOr<std::unique_ptr<Program>> compile(const Tests &tests, const Form &form, int64_t maxTokens);

  /// `operands`: one pointer or i64 for each argument that is no weight, then one pointer for each tensor result.
  void call(llvm::StringRef function, const braid_call &call, llvm::ArrayRef<const void *> operands);

private:
  Program() = default;
  mlir::LogicalResult plan(mlir::ModuleOp module, const formats::TensorStore &weights);

  cpu::TargetOptions options;
  cpu::CpuProgram program;
  llvm::StringMap<int64_t> weightBase; ///< of each function
  std::unique_ptr<Buffer> payload, arena;
  std::unique_ptr<cpu::Jit> code;
};

} // namespace braid::numerics
