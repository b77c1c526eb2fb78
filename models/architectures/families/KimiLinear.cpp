// SPDX-License-Identifier: Apache-2.0
/// \file
/// Kimi Linear: Kimi Delta Attention, latent attention without positions in some layers, experts. arXiv 2510.26692.
#include "models/architectures/Architecture.h"
#include "models/architectures/GgufStack.h"
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

/// What the layers are, whichever file says it.
struct Config {
  Stack stack;
  LatentAttention latent;
  DeltaAttention delta;
  std::vector<bool> isDelta;
  Experts routed;
  int64_t dense = 0, shared = 0, firstSparse = 0; ///< widths of MLPs, and the first layer with experts
};

Config readHuggingFace(Fields &fields) {
  Config config;
  Stack &stack = config.stack = readStack(fields);
  stack.context = fields.integerOr("model_max_length", stack.context, 1, int64_t(1) << 30);
  config.latent = readLatent(fields, stack.hidden);
  if (!fields.booleanOr("mla_use_nope", true))
    fields.fault("mla_use_nope", "expected true: latent attention has no positions here");
  if (std::optional<Fields> linear = fields.object("linear_attn_config")) {
    config.delta.heads = linear->integer("num_heads", 1, 65536);
    config.delta.headDim = linear->integer("head_dim", 1, 65536);
    config.delta.kernel = linear->integer("short_conv_kernel_size", 2, 64);
    config.isDelta = readDeltaLayers(*linear, stack.layers);
  } else {
    fields.fault("linear_attn_config", "expected an object, but it is not there");
  }
  config.routed = readExperts(fields);
  config.routed.activation = readActivation(fields);
  config.dense = readSize(fields, "intermediate_size");
  config.shared = fields.integerOr("num_shared_experts", 1, 0, 1024) * config.routed.inner;
  config.firstSparse = fields.integerOr("first_k_dense_replace", 1, 0, 4096);
  if (fields.integerOr("moe_layer_freq", 1, 0, 4096) != 1)
    fields.fault("moe_layer_freq", "expected 1");
  if (fields.integerOr("num_nextn_predict_layers", 0, 0, 64))
    fields.fault("num_nextn_predict_layers", "expected 0");
  fields.ignore({"rope_theta", "rope_scaling"}); // of nothing in this model
  return config;
}

constexpr FileName tensorNames[] = {
    {"self_attn.q_conv1d", "ssm_conv1d_q"},
    {"self_attn.k_conv1d", "ssm_conv1d_k"},
    {"self_attn.v_conv1d", "ssm_conv1d_v"},
    {"self_attn.f_a_proj", "ssm_f_a"},
    {"self_attn.f_b_proj", "ssm_f_b"},
    {"self_attn.g_a_proj", "ssm_g_a"},
    {"self_attn.g_b_proj", "ssm_g_b"},
    {"self_attn.b_proj", "ssm_beta"},
    {"self_attn.o_norm", "ssm_norm"},
    {"self_attn.dt_bias", "ssm_dt.bias"},
    {"self_attn.A_log", "ssm_a", /*applied=*/true},
    {"block_sparse_moe.gate", "ffn_gate_inp"},
    {"block_sparse_moe.gate.e_score_correction_bias", "exp_probs_b.bias"},
    {"block_sparse_moe.experts.{expert}.w1", "ffn_gate_exps"},
    {"block_sparse_moe.experts.{expert}.w2", "ffn_down_exps"},
    {"block_sparse_moe.experts.{expert}.w3", "ffn_up_exps"},
    {"block_sparse_moe.shared_experts.gate_proj", "ffn_gate_shexp"},
    {"block_sparse_moe.shared_experts.up_proj", "ffn_up_shexp"},
    {"block_sparse_moe.shared_experts.down_proj", "ffn_down_shexp"},
};

Config readGguf(Fields &fields, const ModelFile &file) {
  Config config;
  Stack &stack = config.stack = readGgufStack(fields, file, tensorNames);
  config.latent = readGgufLatent(fields, stack.hidden);
  config.delta.heads = config.latent.heads;
  config.delta.headDim = fields.integer("kda.head_dim", 1, 65536);
  config.delta.kernel = fields.integer("ssm.conv_kernel", 2, 64);
  // Layers without keys and values are those of delta attention.
  for (int64_t heads : readGgufKvHeads(fields, stack.layers))
    config.isDelta.push_back(heads == 0);
  config.routed = readGgufExperts(fields, RouterScoring::Sigmoid, /*renormalize=*/true);
  config.dense = readSize(fields, "feed_forward_length");
  config.shared = fields.integer("expert_shared_count", 0, 1024) * config.routed.inner;
  config.firstSparse = fields.integerOr("leading_dense_block_count", 0, 0, 4096);
  fields.ignore({"rope.freq_base"}); // nothing rotates
  return config;
}

llvm::Expected<OwningOpRef<ModuleOp>> build(MLIRContext &context, const ModelFile &file,
                                            const ImportOptions &options) {
  bool isGguf = file.kind == ModelKind::Gguf;
  Fields fields = fieldsOf(file);
  Config config = isGguf ? readGguf(fields, file) : readHuggingFace(fields);
  auto &[stack, latent, delta, isDelta, routed, dense, shared, firstSparse] = config;
  delta.hidden = stack.hidden;
  delta.epsilon = stack.epsilon;
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

extern const Architecture KimiLinearArchitecture = {{"kimi_linear"}, {"kimi-linear"}, build};

} // namespace braid::models
