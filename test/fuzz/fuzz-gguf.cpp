// SPDX-License-Identifier: Apache-2.0
/// \file Any bytes as a GGUF file, its metadata as a configuration, and its vocabulary as a tokenizer.
#include "models/formats/Gguf.h"
#include "models/formats/GgufTokenizer.h"
#include "test/fuzz/TouchTensors.h"

using namespace braid::formats;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  llvm::Expected<Gguf> gguf = readGguf(MappedFile::borrow("fuzz.gguf", {data, size}));
  if (!gguf) {
    llvm::toString(gguf.takeError());
    return 0;
  }
  touchTensors(gguf->tensors);
  gguf->metadata.json().dump();
  llvm::Expected<TokenizerFiles> files = tokenizerFromGguf(gguf->metadata);
  if (!files) {
    llvm::toString(files.takeError());
  } else if (llvm::Expected<Json> json = parseJsonText("tokenizer.json", files->tokenizerJson, SIZE_MAX); !json) {
    // What was taken must make a file that its own reader takes.
    llvm::report_fatal_error(json.takeError());
  }
  llvm::Expected<Json> generation = generationConfigFromGguf(gguf->metadata);
  if (!generation)
    llvm::toString(generation.takeError());
  return 0;
}
