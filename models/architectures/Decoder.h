// SPDX-License-Identifier: Apache-2.0
/// \file
/// The Llama line: layers of softmax attention and a gated MLP, each behind an RMS norm.
#pragma once

#include "models/architectures/Stack.h"

namespace braid::models {

/// What the layers are, whichever file says it.
struct Decoder {
  Stack stack;
  Heads heads;
  Rope rope;
  int64_t inner = 0; ///< of the MLP
  graph::Activation activation = graph::Activation::Silu;
  bool qkvBias = false, outBias = false, mlpBias = false;
  bool headNorms = false;       ///< RMS norm of each head of q and k before rope
  std::vector<int64_t> windows; ///< one a layer; 0: full attention
};

/// Reads the fields that every file of the line has. A config.json's families say which maps have a bias; of a GGUF
/// file its tensors do. Faults are noted in `fields`; an error is one of a tensor.
llvm::Expected<Decoder> readDecoder(formats::Fields &fields, const formats::ModelFile &file);

/// Reads sliding_window: 0 for null, 4096 when the field is not there, as transformers has it.
int64_t readWindow(formats::Fields &fields, const formats::ModelFile &file);

/// Reads use_sliding_window, sliding_window, max_window_layers and layer_types as Qwen2 and Qwen3 mean them.
void readQwenWindows(formats::Fields &fields, const formats::ModelFile &file, Decoder &decoder);

/// Faults and unread fields of the config are errors.
llvm::Expected<mlir::OwningOpRef<mlir::ModuleOp>> buildDecoder(mlir::MLIRContext &context,
                                                              const formats::ModelFile &file, formats::Fields &fields,
                                                              const Decoder &decoder, const ImportOptions &options);

} // namespace braid::models
