// SPDX-License-Identifier: Apache-2.0
/// \file
/// The pieces that decoder-only families share: their sizes, and the graph of one layer and of the whole model.
#pragma once

#include "dialects/Precompiled.h"
#include "dialects/braid/Braid.h"
#include "models/formats/Fields.h"
#include "models/formats/ModelFile.h"

namespace braid::models {

/// What an import may choose.
struct ImportOptions {
  graph::Storage cache = graph::Storage::F16; ///< rows of the key/value cache
};

/// A decoder of pre-norm blocks: attention, then a gated MLP.
struct DecoderConfig {
  std::string name; ///< of the model, any text
  int64_t vocab = 0, hidden = 0, layers = 0, heads = 0, kvHeads = 0, headDim = 0, intermediate = 0, context = 0;
  double epsilon = 1e-5;
  double attentionScale = 0; ///< on q k; headDim^-1/2 unless a family says otherwise
  graph::Activation activation = graph::Activation::Silu;
  bool tiedHead = false;
  bool qkNorm = false;             ///< RMS norm of each head of q and k before rope
  std::vector<float> frequencies;  ///< rope, one a pair
  double ropeFactor = 1;           ///< on cosines and sines
  bool ropeInterleaved = false;    ///< pairs (2i, 2i+1)
  std::vector<int64_t> windows;    ///< one a layer; 0: full attention
  std::string path;                ///< for messages
};

/// What a checkpoint calls its tensors. `{}` stands for the layer.
struct DecoderNames {
  llvm::StringRef embed, finalNorm, head;
  llvm::StringRef attnNorm, q, k, v, o, qNorm, kNorm, mlpNorm, gate, up, down;
  llvm::StringRef biasSuffix = ".bias", weightSuffix = ".weight";
};
extern const DecoderNames huggingFaceNames, ggufNames;

/// Rope frequencies of `dims` rotating features: theta^(-2i/dims), in f32 as transformers computes them.
std::vector<float> ropeFrequencies(double theta, int64_t dims);

/// Reads rope_theta and rope_scaling / rope_parameters of a Hugging Face config (default, linear, llama3, yarn).
void readRope(formats::Fields &fields, int64_t dims, DecoderConfig &config);

/// Reads the fields that every Hugging Face decoder of the Llama line has.
DecoderConfig readHuggingFaceConfig(formats::Fields &fields, const formats::ModelFile &file);

/// Reads use_sliding_window, sliding_window, max_window_layers and layer_types as Qwen2 and Qwen3 mean them.
void readQwenWindows(formats::Fields &fields, DecoderConfig &config);

/// Reads `<architecture>.*` metadata of a GGUF file.
llvm::Expected<DecoderConfig> readGgufConfig(const formats::ModelFile &file, llvm::StringRef architecture);

/// Builds the graph: one function a layer, and `main`. Biases are used where the file has them. Errors name the tensor
/// and what its shape should be. Tensors of the file that the graph does not use are an error as well.
llvm::Expected<mlir::OwningOpRef<mlir::ModuleOp>> buildDecoder(mlir::MLIRContext &context,
                                                              const formats::ModelFile &file,
                                                              const DecoderConfig &config, const DecoderNames &names,
                                                              const ImportOptions &options);

} // namespace braid::models
