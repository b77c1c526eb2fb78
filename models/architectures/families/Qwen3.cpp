// SPDX-License-Identifier: Apache-2.0
/// \file
/// Qwen3: Llama with an RMS norm on each head of q and k. arXiv 2505.09388.
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
  decoder->headNorms = true;
  if (file.kind == ModelKind::HuggingFace) {
    decoder->qkvBias = decoder->outBias = fields.booleanOr("attention_bias", false);
    readQwenWindows(fields, file, *decoder);
  }
  return buildDecoder(context, file, fields, *decoder, options);
}

extern const Architecture Qwen3Architecture = {{"qwen3"}, {"qwen3"}, build};

} // namespace braid::models
