// SPDX-License-Identifier: Apache-2.0
/// \file
/// Qwen2 and Qwen2.5: Llama with biases on q, k and v. arXiv 2407.10671.
#include "models/architectures/Architecture.h"

using namespace mlir;
using namespace braid::formats;
namespace braid::models {

static llvm::Expected<OwningOpRef<ModuleOp>> build(MLIRContext &context, const ModelFile &file,
                                                   const ImportOptions &options) {
  if (file.kind == ModelKind::Gguf) {
    llvm::Expected<DecoderConfig> config = readGgufConfig(file, "qwen2");
    if (!config)
      return config.takeError();
    return buildDecoder(context, file, *config, ggufNames, options);
  }
  Fields fields(file.configFile, file.config);
  DecoderConfig config = readHuggingFaceConfig(fields, file);
  config.qkvBias = Bias::Required;
  readQwenWindows(fields, file, config);
  return buildDecoder(context, file, fields, config, options);
}

extern const Architecture Qwen2Architecture = {{"qwen2"}, {"qwen2"}, build};

} // namespace braid::models
