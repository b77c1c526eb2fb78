// SPDX-License-Identifier: Apache-2.0
/// \file
/// Loading of object code by LLVM's ORC.
#include "compiler/targets/cpu/Jit.h"

#include "llvm/ExecutionEngine/Orc/LLJIT.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/TargetSelect.h"

namespace braid::cpu {

Jit::Jit(std::unique_ptr<llvm::orc::LLJIT> engine) : engine(std::move(engine)) {}
Jit::Jit(Jit &&) = default;
Jit &Jit::operator=(Jit &&) = default;
Jit::~Jit() = default;

llvm::Expected<Jit> Jit::load(llvm::ArrayRef<char> object) {
  llvm::InitializeNativeTarget();
  llvm::InitializeNativeTargetAsmPrinter();
  auto engine = llvm::orc::LLJITBuilder().create();
  if (!engine)
    return engine.takeError();
  auto bytes = llvm::MemoryBuffer::getMemBufferCopy(llvm::StringRef(object.data(), object.size()), "kernels.o");
  if (llvm::Error error = (*engine)->addObjectFile(std::move(bytes)))
    return std::move(error);
  return Jit(std::move(*engine));
}

void *Jit::find(llvm::StringRef name) const {
  auto address = engine->lookup(name);
  if (!address) {
    llvm::consumeError(address.takeError());
    return nullptr;
  }
  return address->toPtr<void *>();
}

} // namespace braid::cpu
