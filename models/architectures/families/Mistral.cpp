// SPDX-License-Identifier: Apache-2.0
/// \file
/// Mistral: Llama with a sliding window on every layer. arXiv 2310.06825.
#include "models/architectures/Architecture.h"
#include "models/architectures/Decoder.h"

using namespace mlir;
using namespace braid::formats;
namespace braid::models {

static llvm::Expected<OwningOpRef<ModuleOp>> build(MLIRContext &context, const ModelFile &file,
                                                   const ImportOptions &options) {
  Fields fields(file.configFile, file.config);
  llvm::Expected<Decoder> decoder = readDecoder(fields, file);
  if (!decoder)
    return llvm::joinErrors(fields.takeError(), decoder.takeError());
  decoder->windows.assign(decoder->stack.layers, readWindow(fields, file));
  return buildDecoder(context, file, fields, *decoder, options);
}

extern const Architecture MistralArchitecture = {{"mistral"}, {}, build};

} // namespace braid::models
