// SPDX-License-Identifier: Apache-2.0
/// \file
/// The pieces that decoder-only families share: their sizes, and the graph of one layer and of the whole model.
#pragma once

#include "models/architectures/Graph.h"
#include "models/formats/Fields.h"

namespace braid::models {

/// A decoder of pre-norm blocks: `x += mixer(norm x)`, then `x += feedForward(norm x)`; attention and a gated MLP unless
/// a family says otherwise.
struct DecoderConfig {
  std::string name; ///< of the model, any text
  int64_t vocab = 0, hidden = 0, layers = 0, heads = 0, kvHeads = 0, headDim = 0, intermediate = 0, context = 0;
  double epsilon = 1e-5;
  double attentionScale = 0; ///< on q k; headDim^-1/2 unless a family says otherwise
  graph::Activation activation = graph::Activation::Silu;
  bool tiedHead = false;
  Bias qkvBias = Bias::AsInFile, outBias = Bias::AsInFile, mlpBias = Bias::AsInFile, headBias = Bias::AsInFile;
  bool qkNorm = false;             ///< RMS norm of each head of q and k before rope
  View normView;                   ///< of all norms' weights: zero-centred ones are stored as w and applied as 1 + w
  bool outputGate = false;         ///< q's matrix has a gate behind each head's queries; it scales what the head gives
  std::vector<float> frequencies;  ///< rope, one a pair of leading features of a head; empty: no rotation
  double ropeFactor = 1;           ///< on cosines and sines
  bool ropeInterleaved = false;    ///< pairs (2i, 2i+1)
  std::vector<int64_t> windows;    ///< one a layer; 0: full attention
  std::string path;                ///< for messages
  double embedScale = 1, residualScale = 1, logitScale = 1;
  std::function<mlir::Value(Graph &, mlir::Value)> mixer, feedForward; ///< of the layer being built; null: attention, gated MLP
  std::vector<llvm::StringRef> ignored; ///< ends of tensors' names that do not matter
};

/// What a checkpoint calls its tensors. `{}` stands for the layer.
struct DecoderNames {
  llvm::StringRef embed, finalNorm, head;
  llvm::StringRef attnNorm, q, k, v, o, qNorm, kNorm, mlpNorm, gate, up, down;
  llvm::StringRef weightSuffix = ".weight";
};
extern const DecoderNames huggingFaceNames, ggufNames;

/// Rope frequencies of `dims` rotating features: theta^(-2i/dims), in f32 as transformers computes them.
std::vector<float> ropeFrequencies(double theta, int64_t dims);

/// YaRN (arXiv 2309.00071): a ramp between interpolated and kept frequencies.
struct Yarn {
  double factor = 1, original = 1; ///< how much longer the context becomes, and how long it was
  double fast = 32, slow = 1;      ///< rotations over the original context, where the ramp ends
  bool truncate = true;            ///< the ramp's ends to whole features
};
void scaleYarn(const Yarn &yarn, double theta, int64_t dims, std::vector<float> &frequencies);
/// What YaRN multiplies cosines and sines by, for an mscale of `scale`.
double yarnTemperature(double factor, double scale);

/// Reads rope_theta and rope_scaling / rope_parameters of a Hugging Face config (default, linear, llama3, yarn).
void readRope(formats::Fields &fields, int64_t dims, DecoderConfig &config);

/// Marks the fields as read that no computation depends on: tokens, dropout, versions.
void ignoreUsualFields(formats::Fields &fields);

/// The last component of the path: what a model is called if nothing else is said.
std::string modelName(const formats::ModelFile &file);

/// Reads the fields that every Hugging Face decoder of the Llama line has. No map has a bias unless the family says so.
DecoderConfig readHuggingFaceConfig(formats::Fields &fields, const formats::ModelFile &file);

/// Reads sliding_window: 0 for null, 4096 when the field is not there, as transformers has it.
int64_t readWindow(formats::Fields &fields, const formats::ModelFile &file);

/// Reads use_sliding_window, sliding_window, max_window_layers and layer_types as Qwen2 and Qwen3 mean them.
void readQwenWindows(formats::Fields &fields, const formats::ModelFile &file, DecoderConfig &config);

/// Reads `<architecture>.*` metadata of a GGUF file.
llvm::Expected<DecoderConfig> readGgufConfig(const formats::ModelFile &file, llvm::StringRef architecture);

/// Softmax attention over the session's rows, from normed tokens to the output map.
mlir::Value attention(Graph &graph, const DecoderConfig &config, const DecoderNames &names, mlir::Value x);

/// `down(act(gate x) * up x)`; the stems of the maps may hold `{}` for the layer.
mlir::Value gatedMlp(Graph &graph, mlir::Value x, graph::Activation activation, llvm::StringRef gate,
                     llvm::StringRef up, llvm::StringRef down, int64_t intermediate, Bias bias = Bias::None);

/// Builds the graph: one function a layer, and `main`. Errors name the tensor and what its shape should be. Tensors of
/// the file that the graph does not use are an error as well.
llvm::Expected<mlir::OwningOpRef<mlir::ModuleOp>> buildDecoder(mlir::MLIRContext &context,
                                                              const formats::ModelFile &file,
                                                              const DecoderConfig &config, const DecoderNames &names,
                                                              const ImportOptions &options);

/// How a Hugging Face family ends: the faults that `fields` noted and the fields that nobody read are errors, then the
/// graph is built with the names of Hugging Face checkpoints. `fields` must be the file's config, fully read.
llvm::Expected<mlir::OwningOpRef<mlir::ModuleOp>> buildDecoder(mlir::MLIRContext &context,
                                                              const formats::ModelFile &file, formats::Fields &fields,
                                                              const DecoderConfig &config,
                                                              const ImportOptions &options);

} // namespace braid::models
