// SPDX-License-Identifier: Apache-2.0
/// \file
/// The one interface of model families: a model file in, a graph out. A family is one file of this folder that defines
/// `const Architecture <File>Architecture`; the build finds it.
#pragma once

#include "models/architectures/Stack.h"

namespace braid::models {

struct Architecture {
  llvm::SmallVector<llvm::StringRef> modelTypes;        ///< `model_type` of config.json
  llvm::SmallVector<llvm::StringRef> ggufArchitectures; ///< `general.architecture` of GGUF files
  llvm::Expected<mlir::OwningOpRef<mlir::ModuleOp>> (*build)(mlir::MLIRContext &, const formats::ModelFile &,
                                                             const ImportOptions &);
};

/// Builds the graph of an opened model by its family. Errors list the families that are known.
llvm::Expected<mlir::OwningOpRef<mlir::ModuleOp>> importModel(mlir::MLIRContext &context,
                                                             const formats::ModelFile &file,
                                                             const ImportOptions &options);

} // namespace braid::models
