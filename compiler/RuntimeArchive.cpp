// SPDX-License-Identifier: Apache-2.0
/// \file
/// libbraid_runtime.a inside the compiler, so that a compile needs no file of an installation.
#include "compiler/RuntimeArchive.h"

__asm__(".section .rodata\n"
        ".balign 16\n"
        "braid_runtime_begin:\n"
        ".incbin \"" BRAID_RUNTIME_ARCHIVE "\"\n"
        "braid_runtime_end:\n"
        ".previous\n");
extern "C" const char braid_runtime_begin[], braid_runtime_end[];

namespace braid {

llvm::StringRef runtimeArchive() {
  return llvm::StringRef(braid_runtime_begin, braid_runtime_end - braid_runtime_begin);
}

llvm::StringRef runtimeHeader() {
  static const struct {
    llvm::StringRef name, text;
  } headers[] = {
#include "compiler/headers.inc"
  };
  return headers[0].text;
}

} // namespace braid
