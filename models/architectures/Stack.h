// SPDX-License-Identifier: Apache-2.0
/// \file
/// What surrounds the layers of every language model: embedding, final norm, head.
#pragma once

#include "models/architectures/mixers/Mixers.h"
#include "models/formats/Fields.h"

namespace braid::models {

/// The outside of a model of layers.
struct Stack {
  std::string name = {}; ///< of the model; the file's if empty
  int64_t vocab = 0, hidden = 0, layers = 0, context = 0;
  double epsilon = 1e-6;
  bool tied = false, headBias = false;
  View normView; ///< of the final norm's weight
  double embedScale = 1, logitScale = 1;
  std::string embed = "model.embed_tokens", finalNorm = "model.norm", head = "lm_head";
  int64_t draftLayers = 0; ///< behind the last layer, which guess further tokens; nothing is built of them
  llvm::SmallVector<llvm::ArrayRef<FileName>> fileNames = {}; ///< see Graph::translate
};

/// Reads vocab_size, hidden_size, num_hidden_layers, max_position_embeddings, tie_word_embeddings and the epsilon.
Stack readStack(formats::Fields &fields, llvm::StringRef epsilon = "rms_norm_eps");

/// Marks the fields as read that no computation depends on: tokens, dropout, versions.
void ignoreUsualFields(formats::Fields &fields);

constexpr int64_t maxExperts = 65536;

/// A count in [low, 2^22].
int64_t readSize(formats::Fields &fields, llvm::StringRef name, int64_t low = 1);
int64_t readSizeOr(formats::Fields &fields, llvm::StringRef name, int64_t absent, int64_t low = 1);
/// Notes a fault unless `divisor` divides `number`.
void expectDivides(formats::Fields &fields, llvm::StringRef name, int64_t divisor, int64_t number);

/// Heads of softmax attention, all alike. Keys and values have one width.
struct Heads {
  int64_t heads = 0, kvHeads = 0, headDim = 0;
};
/// What a kind of file calls their fields; `valueDim` may be empty.
struct HeadNames {
  llvm::StringRef heads, kvHeads, keyDim, valueDim;
};
constexpr HeadNames huggingFaceHeads = {"num_attention_heads", "num_key_value_heads", "head_dim", ""};
Heads readHeads(formats::Fields &fields, int64_t hidden, const HeadNames &names = huggingFaceHeads);

/// Latent attention as the config.json of those who have it names it: kv_lora_rank and the widths of heads. Without
/// `stem` and `rotation`.
LatentAttention readLatent(formats::Fields &fields, int64_t hidden);

/// hidden_act or another field, one of the activations that can be compiled.
graph::Activation readActivation(formats::Fields &fields, llvm::StringRef name = "hidden_act");

/// Rope of the leading `dims` features of a head, from rope_theta, rope_scaling or rope_parameters.
Rope readRope(formats::Fields &fields, int64_t dims, int64_t context);

/// Builds the model: `layer` returns the stream after layer i, `last` what the head reads, by default the final norm's.
/// Faults and unread fields of the config are errors.
llvm::Expected<mlir::OwningOpRef<mlir::ModuleOp>>
buildStack(mlir::MLIRContext &context, const formats::ModelFile &file, formats::Fields &fields, const Stack &stack,
           const ImportOptions &options, llvm::function_ref<mlir::Value(Graph &, int64_t, mlir::Value)> layer,
           llvm::function_ref<mlir::Value(Graph &, mlir::Value)> last = {});

} // namespace braid::models
