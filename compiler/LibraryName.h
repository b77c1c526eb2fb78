// SPDX-License-Identifier: Apache-2.0
/// \file
/// What an artifact's library is called.
#pragma once

#include "compiler/Compile.h"

namespace braid {

/// A valid C identifier made of any text: "SmolLM2-135M" -> "smollm2_135m".
std::string identifierOf(llvm::StringRef text);

/// The name N of libN.so, N.h and N.weights: the identifier of `options.name`, or else of the output folder's last part.
/// A name that linkers and loaders take for another library (libm.so, libc.so), or whose header is the runtime's own, is
/// an error where it was asked for; of a folder it becomes "model_N".
llvm::Expected<std::string> libraryNameOf(const CompileOptions &options);

} // namespace braid
