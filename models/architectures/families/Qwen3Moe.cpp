// SPDX-License-Identifier: Apache-2.0
/// \file
/// Qwen3-MoE: Qwen3 with a mixture of experts instead of the MLP. arXiv 2505.09388.
#include "models/architectures/Architecture.h"
#include "models/architectures/Moe.h"

using namespace mlir;
using namespace braid::formats;
using namespace braid::graph;
namespace braid::models {

static llvm::Expected<OwningOpRef<ModuleOp>> build(MLIRContext &context, const ModelFile &file,
                                                   const ImportOptions &options) {
  Fields fields(file.configFile, file.config);
  Stack stack = readStack(fields);
  Heads heads = readHeads(fields, stack.hidden);
  Rope rope = readRope(fields, heads.headDim, stack.context);
  Activation activation = readActivation(fields);
  bool bias = fields.booleanOr("attention_bias", false);
  if (fields.booleanOr("use_sliding_window", false))
    fields.fault("use_sliding_window", "expected false: every layer sees all positions");
  fields.ignore({"sliding_window", "max_window_layers"});
  MoeLayers moe = readQwenExperts(fields, stack.layers, /*normalizes=*/false);
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

extern const Architecture Qwen3MoeArchitecture = {{"qwen3_moe"}, {}, build};

} // namespace braid::models
