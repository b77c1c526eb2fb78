// SPDX-License-Identifier: Apache-2.0
/// \file
/// DeepSeek-V2 and V3: latent attention with rope, experts in groups and shared ones. arXiv 2405.04434, 2412.19437.
#include "models/architectures/Architecture.h"
#include "models/architectures/GgufStack.h"
#include "models/architectures/Moe.h"

using namespace mlir;
using namespace braid::formats;
using namespace braid::graph;
namespace braid::models {
namespace {

LatentAttention readRotatedLatent(Fields &fields, int64_t hidden) {
  LatentAttention spec = readLatent(fields, hidden);
  spec.bias = fields.booleanOr("attention_bias", false);
  spec.interleaved = fields.booleanOr("rope_interleave", true);
  std::optional<Fields> scaling = fields.object("rope_parameters");
  if (!scaling)
    scaling = fields.object("rope_scaling");
  double all = scaling ? scaling->numberOr("mscale_all_dim", 0, 0, 1e6) : 0;
  double factor = scaling ? scaling->numberOr("factor", 1, 1e-6) : 1;
  if (all && factor > 1) { // yarn's temperature, on scores
    double temperature = 0.1 * all * std::log(factor) + 1;
    spec.scale *= temperature * temperature;
  }
  return spec;
}

Experts readExperts(Fields &fields, bool isV3) {
  Experts spec;
  spec.count = fields.integer("n_routed_experts", 1, maxExperts);
  spec.chosen = fields.integer("num_experts_per_tok", 1, std::max<int64_t>(1, spec.count));
  spec.inner = readSize(fields, "moe_intermediate_size");
  spec.scale = fields.numberOr("routed_scaling_factor", 1, 0, 1e6);
  spec.scoring = fields.choiceOr("scoring_func", isV3 ? 1 : 0, {"softmax", "sigmoid"}) ? RouterScoring::Sigmoid
                                                                                      : RouterScoring::Softmax;
  spec.renormalize = fields.booleanOr("norm_topk_prob", isV3);
  spec.epsilon = spec.renormalize ? 1e-20 : 0;
  if (!isV3 && spec.renormalize && spec.chosen > 1)
    spec.scale = 1; // the published code scales only what it does not normalise
  size_t method = fields.choiceOr("topk_method", isV3 ? 2 : 0, {"greedy", "group_limited_greedy", "noaux_tc"});
  int64_t groups = fields.integerOr("n_group", 1, 1, spec.count);
  int64_t chosen = fields.integerOr("topk_group", groups, 1, groups);
  if (method) {
    spec.groups = groups;
    spec.chosenGroups = chosen;
    spec.groupsByPair = method == 2 && groups > 1;
  }
  checkGroups(fields, spec, "n_group");
  fields.ignore({"ep_size", "seq_aux", "aux_loss_alpha"});
  return spec;
}

/// What the layers are, whichever file says it.
struct Config {
  Stack stack;
  LatentAttention latent;
  Rope rope;
  Experts routed;
  int64_t dense = 0, shared = 0, firstSparse = 0, every = 1; ///< widths of MLPs, and which layers have experts
  bool hasCorrection = false;
};

Config readHuggingFace(Fields &fields) {
  bool isV3 = fields.string("model_type") == "deepseek_v3";
  Config config;
  Stack &stack = config.stack = readStack(fields);
  config.latent = readRotatedLatent(fields, stack.hidden);
  config.rope = readRope(fields, config.latent.rope, stack.context);
  config.routed = readExperts(fields, isV3);
  config.routed.activation = readActivation(fields);
  config.dense = readSize(fields, "intermediate_size");
  config.shared = fields.integerOr("n_shared_experts", 0, 0, 1024) * config.routed.inner;
  config.firstSparse = fields.integerOr("first_k_dense_replace", 0, 0, 4096);
  config.every = fields.integerOr("moe_layer_freq", 1, 1, 4096);
  stack.draftLayers = fields.integerOr("num_nextn_predict_layers", 0, 0, 64);
  config.hasCorrection = fields.stringOr("topk_method", isV3 ? "noaux_tc" : "greedy") == "noaux_tc";
  return config;
}

llvm::Expected<Config> readGguf(Fields &fields, const ModelFile &file) {
  Config config;
  Stack &stack = config.stack = readGgufStack(fields, file);
  config.latent = readGgufLatent(fields, stack.hidden);
  double temperature = 1;
  llvm::Expected<Rope> rope = readGgufRope(fields, file, config.latent.rope, stack.context, &temperature);
  if (!rope)
    return rope.takeError();
  config.rope = std::move(*rope);
  config.latent.scale = temperature / std::sqrt(double(config.latent.nope + config.latent.rope));
  config.firstSparse = fields.integerOr("leading_dense_block_count", 0, 0, 4096);
  config.dense = readSize(fields, "feed_forward_length");
  config.routed = readGgufExperts(fields, RouterScoring::Softmax, /*renormalize=*/false);
  config.shared = fields.integerOr("expert_shared_count", 0, 0, 1024) * config.routed.inner;
  std::string correction = "blk." + std::to_string(config.firstSparse) + ".exp_probs_b.bias";
  config.hasCorrection = file.tensors.find(correction);
  return config;
}

llvm::Expected<OwningOpRef<ModuleOp>> build(MLIRContext &context, const ModelFile &file,
                                            const ImportOptions &options) {
  bool isGguf = file.kind == ModelKind::Gguf;
  Fields fields = fieldsOf(file);
  llvm::Expected<Config> config = isGguf ? readGguf(fields, file) : readHuggingFace(fields);
  if (!config)
    return llvm::joinErrors(fields.takeError(), config.takeError());
  auto &[stack, latent, rope, routed, dense, shared, firstSparse, every, hasCorrection] = *config;
  auto layer = [&](Graph &g, int64_t i, Value x) {
    std::string stem = "model.layers." + std::to_string(i) + ".";
    latent.stem = stem + "self_attn.";
    latent.rotation = &rope;
    x = g.add(x, latentAttention(g, rmsNorm(g, x, stem + "input_layernorm", stack.epsilon), latent));
    Value normed = rmsNorm(g, x, stem + "post_attention_layernorm", stack.epsilon);
    stem += "mlp.";
    if (i < firstSparse || i % every)
      return g.add(x, mlp(g, normed, gatedMlp(stem, dense, routed.activation)));
    Experts spec = routed;
    spec.router = stem + "gate.weight";
    if (hasCorrection)
      spec.correctionBias = stem + "gate.e_score_correction_bias";
    spec.gate = stem + "experts.{expert}.gate_proj.weight";
    spec.up = stem + "experts.{expert}.up_proj.weight";
    spec.down = stem + "experts.{expert}.down_proj.weight";
    Value y = experts(g, normed, spec);
    if (shared)
      y = g.add(y, mlp(g, normed, gatedMlp(stem + "shared_experts.", shared, routed.activation)));
    return g.add(x, y);
  };
  return buildStack(context, file, fields, stack, options, layer);
}

} // namespace

extern const Architecture DeepSeekArchitecture = {{"deepseek_v2", "deepseek_v3"}, {"deepseek2"}, build};

} // namespace braid::models
