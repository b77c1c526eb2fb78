// SPDX-License-Identifier: Apache-2.0
/// \file
/// What the runtime loads: library, headers, weights, manifest, tokenizer.
#pragma once

#include "compiler/Compile.h"
#include "models/formats/ModelFile.h"

namespace braid {

/// Writes the artifact of a planned program into `options.output`. `source` may be null for graphs without a model
/// file's tokenizer.
llvm::Error writeArtifact(mlir::ModuleOp program, const cpu::CpuProgram &plan, const CompileOptions &options,
                          llvm::ArrayRef<cpu::IsaCode> code, const formats::ModelFile &source);

} // namespace braid
