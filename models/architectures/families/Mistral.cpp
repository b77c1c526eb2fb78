// SPDX-License-Identifier: Apache-2.0
/// \file
/// Mistral: Llama with a sliding window on every layer. arXiv 2310.06825.
#include "models/architectures/Architecture.h"

using namespace mlir;
using namespace braid::formats;
namespace braid::models {

static llvm::Expected<OwningOpRef<ModuleOp>> build(MLIRContext &context, const ModelFile &file,
                                                   const ImportOptions &options) {
  Fields fields(file.configFile, file.config);
  DecoderConfig config = readHuggingFaceConfig(fields, file);
  config.windows.assign(config.layers, readWindow(fields, file));
  return buildDecoder(context, file, fields, config, options);
}

extern const Architecture MistralArchitecture = {{"mistral"}, {}, build};

} // namespace braid::models
