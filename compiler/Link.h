// SPDX-License-Identifier: Apache-2.0
/// \file
/// Object files and the runtime to a shared library, by lld in process.
#pragma once

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/Support/Error.h"

namespace braid {

/// Links `objects` and the runtime into the shared library `output` (written beside and renamed) of the given soname.
/// It depends on libc and libm alone. What is linked lies in `<output>.parts` meanwhile.
llvm::Error linkLibrary(llvm::ArrayRef<llvm::SmallVector<char, 0>> objects, llvm::StringRef soname,
                        llvm::StringRef output);

} // namespace braid
