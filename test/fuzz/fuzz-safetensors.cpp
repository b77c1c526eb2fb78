// SPDX-License-Identifier: Apache-2.0
/// \file Any bytes as a safetensors file: tensors that can be read in full, or an error that can be printed.
#include "models/formats/Safetensors.h"
#include "test/fuzz/TouchTensors.h"

using namespace braid::formats;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  TensorStore store;
  if (llvm::Error error = addSafetensors(MappedFile::borrow("fuzz.safetensors", {data, size}), store))
    llvm::toString(std::move(error));
  else
    touchTensors(store);
  return 0;
}
