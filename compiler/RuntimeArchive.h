// SPDX-License-Identifier: Apache-2.0
/// \file
/// The runtime as the compiler carries it.
#pragma once

#include "llvm/ADT/StringRef.h"

namespace braid {

llvm::StringRef runtimeArchive(); ///< bytes of libbraid_runtime.a
llvm::StringRef runtimeHeader();  ///< text of braid.h

} // namespace braid
