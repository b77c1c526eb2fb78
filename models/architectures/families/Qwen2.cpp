// SPDX-License-Identifier: Apache-2.0
/// \file
/// Qwen2 and Qwen2.5: Llama with biases on q, k and v. arXiv 2407.10671.
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
  if (file.kind == ModelKind::HuggingFace) {
    decoder->qkvBias = true;
    readQwenWindows(fields, file, *decoder);
  }
  return buildDecoder(context, file, fields, *decoder, options);
}

extern const Architecture Qwen2Architecture = {{"qwen2"}, {"qwen2"}, build};

} // namespace braid::models
