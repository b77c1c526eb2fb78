// SPDX-License-Identifier: Apache-2.0
/// \file
/// Qwen3-MoE: Qwen3 with a mixture of experts instead of the MLP. arXiv 2505.09388.
#include "models/architectures/Architecture.h"
#include "models/architectures/GgufStack.h"
#include "models/architectures/Moe.h"

using namespace mlir;
using namespace braid::formats;
using namespace braid::graph;
namespace braid::models {

namespace {

/// What the layers are, whichever file says it.
struct Config {
  Stack stack;
  Heads heads;
  Rope rope;
  MoeLayers moe;
  Activation activation = Activation::Silu;
  bool bias = false;
};

Config readHuggingFace(Fields &fields) {
  Config config;
  config.stack = readStack(fields);
  config.heads = readHeads(fields, config.stack.hidden);
  config.rope = readRope(fields, config.heads.headDim, config.stack.context);
  config.activation = readActivation(fields);
  config.bias = fields.booleanOr("attention_bias", false);
  if (fields.booleanOr("use_sliding_window", false))
    fields.fault("use_sliding_window", "expected false: every layer sees all positions");
  fields.ignore({"sliding_window", "max_window_layers"});
  config.moe = readQwenExperts(fields, config.stack.layers, /*normalizes=*/false);
  return config;
}

llvm::Expected<Config> readGguf(Fields &fields, const ModelFile &file) {
  Config config;
  config.stack = readGgufStack(fields, file);
  config.heads = readHeads(fields, config.stack.hidden, ggufHeads);
  config.moe = readGgufQwenExperts(fields, file, config.stack.layers);
  llvm::Expected<Rope> rope = readGgufRope(fields, file, config.heads.headDim, config.stack.context);
  if (!rope)
    return rope.takeError();
  config.rope = std::move(*rope);
  return config;
}

llvm::Expected<OwningOpRef<ModuleOp>> build(MLIRContext &context, const ModelFile &file,
                                            const ImportOptions &options) {
  bool isGguf = file.kind == ModelKind::Gguf;
  Fields fields = fieldsOf(file);
  llvm::Expected<Config> config = isGguf ? readGguf(fields, file) : readHuggingFace(fields);
  if (!config)
    return llvm::joinErrors(fields.takeError(), config.takeError());
  auto &[stack, heads, rope, moe, activation, bias] = *config;
  auto layer = [&](Graph &g, int64_t i, Value x) {
    std::string stem = "model.layers." + std::to_string(i) + ".";
    Attention spec{stem + "self_attn.", heads.heads, heads.kvHeads, heads.headDim, stack.hidden};
    spec.qNorm = "q_norm";
    spec.kNorm = "k_norm";
    spec.epsilon = stack.epsilon;
    spec.bias = spec.outBias = bias;
    spec.rope = &rope;
    x = g.add(x, attention(g, rmsNorm(g, x, stem + "input_layernorm", stack.epsilon), spec));
    Value normed = rmsNorm(g, x, stem + "post_attention_layernorm", stack.epsilon);
    if (!moe.isSparse[i])
      return g.add(x, mlp(g, normed, gatedMlp(stem + "mlp.", moe.dense, activation)));
    return g.add(x, experts(g, normed, qwenExperts(g, moe, stem + "mlp.", activation)));
  };
  return buildStack(context, file, fields, stack, options, layer);
}

} // namespace

extern const Architecture Qwen3MoeArchitecture = {{"qwen3_moe"}, {"qwen3moe"}, build};

} // namespace braid::models
