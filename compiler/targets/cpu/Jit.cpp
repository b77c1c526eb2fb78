// SPDX-License-Identifier: Apache-2.0
/// \file
/// The in-process linker, by LLVM's ORC.
#include "compiler/targets/cpu/Jit.h"

#include "llvm/ExecutionEngine/Orc/LLJIT.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/TargetSelect.h"

namespace braid::cpu {
namespace {

struct OrcJit : Jit {
  std::unique_ptr<llvm::orc::LLJIT> jit;
  void *find(llvm::StringRef name) override {
    auto symbol = jit->lookup(name);
    if (!symbol) {
      llvm::consumeError(symbol.takeError());
      return nullptr;
    }
    return symbol->toPtr<void *>();
  }
};

} // namespace

llvm::Expected<std::unique_ptr<Jit>> Jit::create(llvm::ArrayRef<char> object) {
  llvm::InitializeNativeTarget();
  llvm::InitializeNativeTargetAsmPrinter();
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

} // namespace braid::cpu
