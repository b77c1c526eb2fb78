// SPDX-License-Identifier: Apache-2.0
/// \file
/// Qwen3: Llama with an RMS norm on each head of q and k. arXiv 2505.09388.
#include "models/architectures/Architecture.h"

using namespace mlir;
using namespace braid::formats;
namespace braid::models {

static llvm::Expected<OwningOpRef<ModuleOp>> build(MLIRContext &context, const ModelFile &file,
                                                   const ImportOptions &options) {
  if (file.kind == ModelKind::Gguf) {
    llvm::Expected<DecoderConfig> config = readGgufConfig(file, "qwen3");
    if (!config)
      return config.takeError();
    config->qkNorm = true;
    return buildDecoder(context, file, *config, ggufNames, options);
  }
  Fields fields(file.configFile, file.config);
  DecoderConfig config = readHuggingFaceConfig(fields, file);
  config.qkNorm = true;
  if (fields.booleanOr("attention_bias", false))
    config.qkvBias = config.outBias = Bias::Required;
  readQwenWindows(fields, file, config);
  return buildDecoder(context, file, fields, config, options);
}

extern const Architecture Qwen3Architecture = {{"qwen3"}, {"qwen3"}, build};

} // namespace braid::models
