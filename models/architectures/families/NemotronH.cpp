// SPDX-License-Identifier: Apache-2.0
/// \file
/// Nemotron-H: one mixer a layer, which is Mamba-2, attention without positions, an MLP or experts. arXiv 2504.03624.
#include "models/architectures/Architecture.h"
#include "models/architectures/MambaConfig.h"
#include "models/architectures/Moe.h"
#include "models/formats/FormatError.h"

using namespace mlir;
using namespace braid::formats;
using namespace braid::graph;
namespace braid::models {
namespace {

/// One letter a layer: M, *, -, E; or its name in a list, as transformers writes it.
std::string readPattern(Fields &fields) {
  static const llvm::StringMap<char> letters = {{"mamba", 'M'},          {"linear_attention", 'M'}, {"attention", '*'},
                                                {"full_attention", '*'}, {"mlp", '-'},              {"moe", 'E'}};
  std::string pattern = fields.stringOr("hybrid_override_pattern", "");
  for (const char *list : {"layers_block_type", "layer_types"}) {
    std::vector<std::string> types = fields.strings(list);
    if (pattern.empty())
      for (const std::string &type : types)
        pattern += letters.contains(type) ? letters.lookup(type) : '?';
  }
  if (pattern.empty() || pattern.size() > 4096 || pattern.find_first_not_of("M*-E") != std::string::npos)
    fields.fault("hybrid_override_pattern", "expected a letter of M, *, - and E for each layer, got '" +
                                                printable(StringRef(pattern).take_front(64)) + "'");
  return pattern;
}

Mamba2 readMixer(Fields &fields, const Stack &stack) {
  Mamba2 mixer;
  mixer.hidden = stack.hidden;
  mixer.epsilon = stack.epsilon;
  mixer.heads = fields.integer("mamba_num_heads", 1, 65536);
  mixer.headDim = fields.integer("mamba_head_dim", 1, 65536);
  mixer.groups = fields.integerOr("n_groups", 8, 1, 65536);
  expectDivides(fields, "n_groups", mixer.groups, mixer.heads);
  mixer.state = readSizeOr(fields, "ssm_state_size", 128);
  mixer.kernel = fields.integerOr("conv_kernel", 4, 2, 64);
  mixer.bias = fields.booleanOr("use_bias", false);
  mixer.convBias = fields.booleanOr("use_conv_bias", true);
  readTimeStepLimit(fields, mixer);
  if (readActivation(fields, "mamba_hidden_act") != Activation::Silu)
    fields.fault("mamba_hidden_act", "expected silu");
  fields.ignore({"expand", "chunk_size", "mamba_proj_bias", "time_step_min", "time_step_max", "time_step_floor",
                 "use_mamba_kernels", "mamba_ssm_cache_dtype", "residual_in_fp32", "rescale_prenorm_residual",
                 "num_logits_to_keep", "hidden_dropout", "norm_eps"});
  return mixer;
}

Experts readExperts(Fields &fields) {
  Experts spec;
  spec.count = fields.integer("n_routed_experts", 1, maxExperts);
  spec.chosen = fields.integer("num_experts_per_tok", 1, std::max<int64_t>(1, spec.count));
  spec.inner = readSize(fields, "moe_intermediate_size");
  spec.groups = fields.integerOr("n_group", 1, 1, spec.count);
  spec.chosenGroups = fields.integerOr("topk_group", 1, 1, spec.groups);
  spec.scoring = RouterScoring::Sigmoid;
  spec.groupsByPair = spec.groups > 1;
  checkGroups(fields, spec, "n_group");
  spec.renormalize = fields.booleanOr("norm_topk_prob", true);
  spec.epsilon = spec.renormalize ? 1e-20 : 0;
  spec.scale = fields.numberOr("routed_scaling_factor", 1, 0, 1e6);
  return spec;
}

llvm::Expected<OwningOpRef<ModuleOp>> build(MLIRContext &context, const ModelFile &file,
                                            const ImportOptions &options) {
  Fields fields(file.configFile, file.config);
  std::string pattern = readPattern(fields);
  Stack stack = readStack(fields, fields.has("layer_norm_epsilon") ? "layer_norm_epsilon" : "norm_eps");
  if (stack.layers != int64_t(pattern.size()))
    fields.fault("num_hidden_layers", "expected " + Twine(pattern.size()) + " layers, as the pattern has, got " +
                                          Twine(stack.layers));
  stack.embed = "backbone.embeddings";
  stack.finalNorm = "backbone.norm_f";
  Mamba2 mixer = readMixer(fields, stack);
  Heads heads = readHeads(fields, stack.hidden);
  heads.headDim = readSizeOr(fields, "attention_head_dim", heads.headDim);
  bool bias = fields.booleanOr("attention_bias", false), mlpBias = fields.booleanOr("mlp_bias", false);
  Activation activation = readActivation(fields, "mlp_hidden_act");
  int64_t width = readSize(fields, "intermediate_size"), shared = 0, latent = 0;
  Experts routed;
  if (StringRef(pattern).contains('E')) {
    routed = readExperts(fields);
    routed.activation = activation;
    shared = readSize(fields, "moe_shared_expert_intermediate_size") *
             fields.integerOr("n_shared_experts", 1, 0, 1024);
    if (fields.has("moe_latent_size")) // null: experts work on the stream itself
      latent = readSize(fields, "moe_latent_size");
  }
  if (fields.has("sliding_window"))
    fields.fault("sliding_window", "expected null: attention sees all positions");
  fields.ignore({"n_routed_experts", "n_shared_experts", "num_experts_per_tok", "moe_intermediate_size",
                 "moe_shared_expert_intermediate_size", "n_group", "topk_group", "norm_topk_prob",
                 "routed_scaling_factor", "moe_latent_size", "moe_shared_expert_overlap", "num_nextn_predict_layers",
                 "rope_theta", "partial_rotary_factor", "rms_norm_eps"});
  auto plain = [&](const std::string &stem, int64_t inner) {
    Mlp spec{std::nullopt, Part(stem + "up_proj"), Part(stem + "down_proj"), inner, activation, mlpBias};
    return spec;
  };
  auto mix = [&](Graph &g, char kind, Value x, const std::string &stem) -> Value {
    if (kind == 'M') {
      mixer.stem = stem;
      return mamba2(g, x, mixer);
    }
    if (kind == '*') {
      Attention spec{stem, heads.heads, heads.kvHeads, heads.headDim, stack.hidden};
      spec.bias = spec.outBias = bias;
      return attention(g, x, spec);
    }
    if (kind == '-')
      return mlp(g, x, plain(stem, width));
    Experts spec = routed;
    spec.router = stem + "gate.weight";
    spec.correctionBias = stem + "gate.e_score_correction_bias";
    spec.up = stem + "experts.{expert}.up_proj.weight";
    spec.down = stem + "experts.{expert}.down_proj.weight";
    Value inner = latent ? linear(g, x, Part(stem + "fc1_latent_proj"), latent, mlpBias) : x;
    Value y = experts(g, inner, x, spec);
    if (latent)
      y = linear(g, y, Part(stem + "fc2_latent_proj"), stack.hidden, mlpBias);
    return shared ? g.add(y, mlp(g, x, plain(stem + "shared_experts.", shared))) : y;
  };
  auto layer = [&](Graph &g, int64_t i, Value x) {
    g.ignoreAll("mtp.");
    std::string stem = "backbone.layers." + std::to_string(i) + ".";
    return g.add(x, mix(g, pattern[i], rmsNorm(g, x, stem + "norm", stack.epsilon), stem + "mixer."));
  };
  return buildStack(context, file, fields, stack, options, layer);
}

} // namespace

extern const Architecture NemotronHArchitecture = {{"nemotron_h"}, {}, build};

} // namespace braid::models
