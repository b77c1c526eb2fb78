// SPDX-License-Identifier: Apache-2.0
/// \file
/// The in-process linker, by LLVM's ORC.
#include "compiler/targets/cpu/Jit.h"

#include "llvm/ExecutionEngine/Orc/LLJIT.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/TargetSelect.h"
#include "mlir/IR/Verifier.h"

namespace braid::cpu {
namespace {

struct OrcJit : Jit {
  std::unique_ptr<llvm::orc::LLJIT> jit;
  llvm::Expected<void *> find(llvm::StringRef name) override {
    auto symbol = jit->lookup(name);
    if (!symbol)
      return symbol.takeError();
    return symbol->toPtr<void *>();
  }
};

} // namespace

llvm::Expected<std::unique_ptr<Jit>> Jit::compile(mlir::ModuleOp module, const Isa &isa) {
  if (failed(mlir::verify(module)))
    return llvm::createStringError("the kernels do not verify");
  mlir::FailureOr<llvm::SmallVector<char, 0>> object = emitObject(module, isa);
  if (failed(object))
    return llvm::createStringError("there is no code of the kernels for " + isa.name);
  return create(*object);
}

llvm::Expected<std::unique_ptr<Jit>> Jit::create(llvm::ArrayRef<char> object) {
  static bool initialised = (llvm::InitializeNativeTarget(), llvm::InitializeNativeTargetAsmPrinter(), true);
  (void)initialised;
  auto jit = llvm::orc::LLJITBuilder().create();
  if (!jit)
    return jit.takeError();
  llvm::StringRef bytes(object.data(), object.size());
  if (llvm::Error error = (*jit)->addObjectFile(llvm::MemoryBuffer::getMemBufferCopy(bytes, "kernels.o")))
    return error;
  auto result = std::make_unique<OrcJit>();
  result->jit = std::move(*jit);
  return std::unique_ptr<Jit>(std::move(result));
}

void emitSlotFunction(Emit &emit, llvm::StringRef name, mlir::LLVM::LLVMFuncOp kernel) {
  emit.function(name, {emit.ptr()}, [&](mlir::ValueRange params) {
    llvm::SmallVector<mlir::Value> operands;
    for (mlir::Type type : kernel.getArgumentTypes())
      operands.push_back(emit.load(type, emit.at(params[0], int64_t(operands.size() * 8)), 8));
    emit.call(kernel, operands);
  }, /*exported=*/true);
}

} // namespace braid::cpu
