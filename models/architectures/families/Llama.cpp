// SPDX-License-Identifier: Apache-2.0
/// \file
/// Llama 2, 3 and 3.2, and GGUF files of the llama architecture. arXiv 2307.09288, 2407.21783.
#include "models/architectures/Architecture.h"

using namespace mlir;
using namespace braid::formats;
namespace braid::models {

static llvm::Expected<OwningOpRef<ModuleOp>> build(MLIRContext &context, const ModelFile &file,
                                                   const ImportOptions &options) {
  if (file.kind == ModelKind::Gguf) {
    llvm::Expected<DecoderConfig> config = readGgufConfig(file, "llama");
    if (!config)
      return config.takeError();
    config->ropeInterleaved = true; // the converter permutes the rows of q and k for pairs (2i, 2i+1)
    return buildDecoder(context, file, *config, ggufNames, options);
  }
  Fields fields(file.configFile, file.config);
  DecoderConfig config = readHuggingFaceConfig(fields, file);
  if (fields.booleanOr("attention_bias", false))
    config.qkvBias = config.outBias = Bias::Required;
  if (fields.booleanOr("mlp_bias", false))
    config.mlpBias = Bias::Required;
  fields.ignore({"pretraining_tp"}); // how the training was split
  return buildDecoder(context, file, fields, config, options);
}

extern const Architecture LlamaArchitecture = {{"llama"}, {"llama"}, build};

} // namespace braid::models
