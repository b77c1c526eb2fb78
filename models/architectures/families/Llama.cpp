// SPDX-License-Identifier: Apache-2.0
/// \file
/// Llama 2, 3 and 3.2, and GGUF files of the llama architecture. arXiv 2307.09288, 2407.21783.
#include "models/architectures/Architecture.h"
#include "models/architectures/Decoder.h"
#include "models/architectures/GgufStack.h"

using namespace mlir;
using namespace braid::formats;
namespace braid::models {

static llvm::Expected<OwningOpRef<ModuleOp>> build(MLIRContext &context, const ModelFile &file,
                                                   const ImportOptions &options) {
  Fields fields = fieldsOf(file);
  llvm::Expected<Decoder> decoder = readDecoder(fields, file);
  if (!decoder)
    return llvm::joinErrors(fields.takeError(), decoder.takeError());
  if (file.kind == ModelKind::Gguf) {
    decoder->rope.interleaved = true; // the converter permutes the rows of q and k for pairs (2i, 2i+1)
  } else {
    decoder->qkvBias = decoder->outBias = fields.booleanOr("attention_bias", false);
    decoder->mlpBias = fields.booleanOr("mlp_bias", false);
  }
  return buildDecoder(context, file, fields, *decoder, options);
}

extern const Architecture LlamaArchitecture = {{"llama"}, {"llama"}, build};

} // namespace braid::models
