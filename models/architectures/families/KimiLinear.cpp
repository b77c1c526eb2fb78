// SPDX-License-Identifier: Apache-2.0
/// \file
/// Kimi Linear: Kimi Delta Attention, latent attention without positions in some layers, experts. arXiv 2510.26692.
#include "models/architectures/Architecture.h"
#include "models/architectures/Moe.h"

using namespace mlir;
using namespace braid::formats;
using namespace braid::graph;
namespace braid::models {
namespace {

/// The layers' numbers in the file count from 1.
std::vector<bool> readDeltaLayers(Fields &linear, int64_t layers) {
  std::vector<bool> isDelta(layers), seen(layers);
  for (auto [name, value] : {std::pair("kda_layers", true), std::pair("full_attn_layers", false)})
    for (int64_t number : linear.integers(name, 1, layers)) {
      if (seen[number - 1])
        linear.fault(name, "expected every layer once, got " + Twine(number) + " twice");
      seen[number - 1] = true;
      isDelta[number - 1] = value;
    }
  for (auto [i, found] : llvm::enumerate(seen))
    if (!found) {
      linear.fault("kda_layers", "expected every layer here or in full_attn_layers, layer " + Twine(i + 1) +
                                     " is in neither");
      break;
    }
  return isDelta;
}

Experts readExperts(Fields &fields) {
  Experts spec;
  spec.count = fields.integer("num_experts", 1, maxExperts);
  spec.chosen = fields.integer("num_experts_per_token", 1, std::max<int64_t>(1, spec.count));
  spec.inner = readSize(fields, "moe_intermediate_size");
  spec.groups = fields.integerOr("num_expert_group", 1, 1, spec.count);
  spec.chosenGroups = fields.integerOr("topk_group", 1, 1, spec.groups);
  spec.scoring = fields.choiceOr("moe_router_activation_func", 0, {"sigmoid", "softmax"}) ? RouterScoring::Softmax
                                                                                        : RouterScoring::Sigmoid;
  spec.groupsByPair = spec.groups > 1;
  checkGroups(fields, spec, "num_expert_group");
  spec.renormalize = fields.booleanOr("moe_renormalize", true);
  spec.epsilon = spec.renormalize ? 1e-20 : 0;
  spec.scale = fields.numberOr("routed_scaling_factor", 1, 0, 1e6);
  fields.ignore({"use_grouped_topk"});
  return spec;
}

llvm::Expected<OwningOpRef<ModuleOp>> build(MLIRContext &context, const ModelFile &file,
                                            const ImportOptions &options) {
  Fields fields(file.configFile, file.config);
  Stack stack = readStack(fields);
  stack.context = fields.integerOr("model_max_length", stack.context, 1, int64_t(1) << 30);
  LatentAttention latent;
  latent.hidden = stack.hidden;
  latent.heads = fields.integer("num_attention_heads", 1, 65536);
  latent.rank = readSize(fields, "kv_lora_rank");
  latent.queryRank = readSizeOr(fields, "q_lora_rank", 0, 0);
  latent.nope = readSize(fields, "qk_nope_head_dim");
  latent.rope = readSize(fields, "qk_rope_head_dim");
  latent.value = readSize(fields, "v_head_dim");
  if (!fields.booleanOr("mla_use_nope", true))
    fields.fault("mla_use_nope", "expected true: latent attention has no positions here");
  DeltaAttention delta;
  delta.hidden = stack.hidden;
  delta.epsilon = stack.epsilon;
  std::vector<bool> isDelta;
  if (std::optional<Fields> linear = fields.object("linear_attn_config")) {
    delta.heads = linear->integer("num_heads", 1, 65536);
    delta.headDim = linear->integer("head_dim", 1, 65536);
    delta.kernel = linear->integer("short_conv_kernel_size", 2, 64);
    isDelta = readDeltaLayers(*linear, stack.layers);
  } else {
    fields.fault("linear_attn_config", "expected an object, but it is not there");
  }
  Experts routed = readExperts(fields);
  routed.activation = readActivation(fields);
  int64_t dense = readSize(fields, "intermediate_size");
  int64_t shared = fields.integerOr("num_shared_experts", 1, 0, 1024) * routed.inner;
  int64_t firstSparse = fields.integerOr("first_k_dense_replace", 1, 0, 4096);
  if (fields.integerOr("moe_layer_freq", 1, 0, 4096) != 1)
    fields.fault("moe_layer_freq", "expected 1");
  if (fields.integerOr("num_nextn_predict_layers", 0, 0, 64))
    fields.fault("num_nextn_predict_layers", "expected 0");
  fields.ignore({"num_key_value_heads", "head_dim", "rope_theta", "rope_scaling"}); // of nothing in this model
  auto layer = [&](Graph &g, int64_t i, Value x) {
    std::string stem = "model.layers." + std::to_string(i) + ".";
    Value normed = rmsNorm(g, x, stem + "input_layernorm", stack.epsilon);
    if (isDelta[i]) {
      delta.stem = stem + "self_attn.";
      x = g.add(x, deltaAttention(g, normed, delta));
    } else {
      latent.stem = stem + "self_attn.";
      x = g.add(x, latentAttention(g, normed, latent));
    }
    normed = rmsNorm(g, x, stem + "post_attention_layernorm", stack.epsilon);
    if (i < firstSparse)
      return g.add(x, mlp(g, normed, gatedMlp(stem + "mlp.", dense, routed.activation)));
    std::string moe = stem + "block_sparse_moe.";
    Experts spec = routed;
    spec.router = moe + "gate.weight";
    spec.correctionBias = moe + "gate.e_score_correction_bias";
    spec.biasedWeights = options.biasedRouter;
    spec.gate = moe + "experts.{expert}.w1.weight";
    spec.up = moe + "experts.{expert}.w3.weight";
    spec.down = moe + "experts.{expert}.w2.weight";
    Value y = experts(g, normed, spec);
    if (shared)
      y = g.add(y, mlp(g, normed, gatedMlp(moe + "shared_experts.", shared, routed.activation)));
    return g.add(x, y);
  };
  return buildStack(context, file, fields, stack, options, layer);
}

} // namespace

extern const Architecture KimiLinearArchitecture = {{"kimi_linear"}, {}, build};

} // namespace braid::models
