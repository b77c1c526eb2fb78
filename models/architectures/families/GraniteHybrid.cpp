// SPDX-License-Identifier: Apache-2.0
/// \file
/// Granite 4.0 H: Mamba-2 with some attention layers, multipliers, fused experts beside a shared MLP. arXiv 2405.21060.
/// Its members without Mamba-2 layers, and Granite 3, as GGUF files of the granite and granitemoe architectures.
#include "models/architectures/Architecture.h"
#include "models/architectures/GgufStack.h"
#include "models/architectures/MambaConfig.h"

using namespace mlir;
using namespace braid::formats;
using namespace braid::graph;
namespace braid::models {
namespace {

struct Config {
  Stack stack;
  double residual = 1, attentionScale = 0;
  Heads heads;
  Rope rope;
  bool rotates = false, bias = false;
  std::vector<bool> isAttention;
  Mamba2 mixer;
  Experts routed; ///< none: the shared MLP alone
  int64_t shared = 0; ///< width of the shared MLP; 0: none
  bool isGguf = false; ///< rows of gate and up are tensors of their own
};

std::vector<bool> readLayerTypes(Fields &fields, int64_t layers) {
  std::vector<bool> result(layers);
  std::vector<std::string> types = fields.strings("layer_types");
  fields.ignore({"layers_block_type"});
  if (!types.empty() && int64_t(types.size()) != layers)
    fields.fault("layer_types", "expected " + Twine(layers) + " entries, got " + Twine(types.size()));
  for (auto [type, isAttention] : llvm::zip(types, result)) {
    isAttention = type == "attention" || type == "full_attention";
    if (!isAttention && type != "mamba" && type != "linear_attention")
      fields.fault("layer_types", "expected attention or mamba, got '" + type + "'");
  }
  return result;
}

Config readHuggingFace(Fields &fields) {
  Config config;
  Stack &stack = config.stack = readStack(fields);
  stack.embedScale = fields.numberOr("embedding_multiplier", 1, -1e6, 1e6);
  stack.logitScale = 1 / fields.numberOr("logits_scaling", 1, 1e-6, 1e6);
  config.residual = fields.numberOr("residual_multiplier", 1, -1e6, 1e6);
  config.attentionScale = fields.numberOr("attention_multiplier", 1, 1e-6, 1e6);
  config.heads = readHeads(fields, stack.hidden);
  config.rotates = fields.choiceOr("position_embedding_type", 1, {"rope", "nope"}) == 0;
  if (config.rotates)
    config.rope = readRope(fields, config.heads.headDim, stack.context);
  fields.ignore({"rope_theta", "rope_scaling", "rope_parameters", "normalization_function", "init_method"});
  config.mixer = readMamba(fields, stack);
  Experts &routed = config.routed;
  routed.activation = readActivation(fields);
  routed.count = fields.integerOr("num_local_experts", 0, 0, maxExperts);
  routed.inner = readSizeOr(fields, "intermediate_size", 0, 0);
  routed.chosen = fields.integerOr("num_experts_per_tok", 0, 0, routed.count);
  routed.renormalize = true; // softmax over the chosen
  if (routed.count && !(routed.chosen && routed.inner))
    fields.fault("num_experts_per_tok", "expected experts to be chosen, of some intermediate_size");
  config.shared = readSize(fields, "shared_intermediate_size");
  config.bias = fields.booleanOr("attention_bias", false);
  config.isAttention = readLayerTypes(fields, stack.layers);
  return config;
}

constexpr FileName tensorNames[] = {
    {"mamba.in_proj", "ssm_in"},
    {"mamba.conv1d", "ssm_conv1d"},
    {"mamba.dt_bias", "ssm_dt.bias"},
    {"mamba.A_log", "ssm_a", /*applied=*/true},
    {"mamba.D", "ssm_d"},
    {"mamba.norm", "ssm_norm"},
    {"mamba.out_proj", "ssm_out"},
};

/// Layers without keys and values are those of Mamba-2; one number is that of every layer.
std::vector<bool> readAttentionLayers(Fields &fields, int64_t layers, Heads &heads) {
  std::vector<bool> isAttention;
  if (const Json *count = fields.raw("attention.head_count_kv"); count && !count->is_array()) {
    heads.kvHeads = fields.integer("attention.head_count_kv", 1, 65536);
    isAttention.assign(layers, true);
    return isAttention;
  }
  for (int64_t count : readGgufKvHeads(fields, layers)) {
    isAttention.push_back(count);
    if (count && heads.kvHeads && count != heads.kvHeads)
      fields.fault("attention.head_count_kv", "expected " + Twine(heads.kvHeads) + " or 0 in each layer, got " +
                                                  Twine(count));
    heads.kvHeads = std::max(heads.kvHeads, count);
  }
  heads.kvHeads = std::max<int64_t>(1, heads.kvHeads);
  return isAttention;
}

/// The writer orders rows of q and k for heads that rotate whole. With Mamba-2 layers it takes Bamba, of which half a head
/// rotates, for this architecture as well: its files mean another model, and no other has both.
llvm::Error readGgufPositions(Fields &fields, const ModelFile &file, bool isHybrid, Config &config) {
  config.rotates = fields.booleanOr("rope.scaling.finetuned", true); // the key says whether there are positions
  if (isHybrid && config.rotates)
    fields.fault("rope.scaling.finetuned", "expected false: attention beside Mamba-2 has no positions");
  if (isHybrid || !config.rotates) {
    fields.ignore({"rope.freq_base", "rope.dimension_count"});
    return llvm::Error::success();
  }
  const int64_t dims = fields.integerOr("rope.dimension_count", config.heads.headDim, 2, config.heads.headDim);
  llvm::Expected<Rope> rope = readGgufRope(fields, file, dims, config.stack.context);
  if (!rope)
    return rope.takeError();
  config.rope = std::move(*rope);
  config.rope.interleaved = true;
  return llvm::Error::success();
}

llvm::Expected<Config> readGguf(Fields &fields, const ModelFile &file) {
  Config config;
  Stack &stack = config.stack = readGgufStack(fields, file, tensorNames);
  auto multiplier = [&](StringRef name, double low) { // 0: none
    double value = fields.numberOr(name, 0, low, 1e6);
    return value ? value : 1;
  };
  stack.embedScale = multiplier("embedding_scale", -1e6);
  double divisor = multiplier("logit_scale", 0);
  if (divisor < 1e-6)
    fields.fault("logit_scale", "expected 0, which is none, or at least 1e-06");
  stack.logitScale = 1 / divisor;
  config.residual = multiplier("residual_scale", -1e6);
  config.attentionScale = fields.numberOr("attention.scale", 0, 0, 1e6); // 0: by the heads' width
  config.isGguf = true;
  config.isAttention = readAttentionLayers(fields, stack.layers, config.heads);
  config.heads.heads = fields.integer("attention.head_count", 1, 65536);
  config.heads.headDim =
      fields.integerOr("attention.key_length", std::max<int64_t>(1, stack.hidden / config.heads.heads), 1, 65536);
  expectDivides(fields, "attention.head_count_kv", config.heads.kvHeads, config.heads.heads);
  const bool isHybrid = llvm::is_contained(config.isAttention, false);
  if (llvm::Error error = readGgufPositions(fields, file, isHybrid, config))
    return error;
  config.bias = hasTensor(file, ".attn_q.bias");
  if (isHybrid)
    config.mixer = readGgufMamba(fields, file, stack);
  else
    fields.ignore({"ssm.inner_size", "ssm.time_step_rank", "ssm.group_count", "ssm.state_size", "ssm.conv_kernel"});
  Experts &routed = config.routed;
  routed.activation = Activation::Silu;
  routed.count = fields.integerOr("expert_count", 0, 0, maxExperts);
  if (routed.count)
    routed.chosen = fields.integer("expert_used_count", 1, routed.count);
  routed.renormalize = true;
  routed.inner = readSize(fields, "feed_forward_length");
  // Granite 3's experts have no MLP beside them.
  const bool hasShared = !routed.count || hasTensor(file, ".ffn_up_shexp.weight");
  config.shared = !routed.count ? routed.inner : hasShared ? readSize(fields, "expert_shared_feed_forward_length") : 0;
  fields.ignore({"expert_used_count", "expert_shared_feed_forward_length"}); // of what is not there
  return config;
}

Mlp sharedMlp(const Config &config, const std::string &stem) {
  if (config.isGguf)
    return gatedMlp(stem + (config.routed.count ? "mlp.shared_expert." : "mlp."), config.shared, config.routed.activation);
  std::string fused = stem + "shared_mlp.input_linear";
  int64_t shared = config.shared;
  return {Part(fused, rowsOf(2 * shared, 0, shared)), Part(fused, rowsOf(2 * shared, shared, shared)),
          Part(stem + "shared_mlp.output_linear"), shared, config.routed.activation};
}

Experts routedExperts(const Config &config, const std::string &stem) {
  Experts spec = config.routed;
  if (config.isGguf) {
    spec.router = stem + "mlp.gate.weight";
    spec.gate = stem + "mlp.experts.{expert}.gate_proj.weight";
    spec.up = stem + "mlp.experts.{expert}.up_proj.weight";
    spec.down = stem + "mlp.experts.{expert}.down_proj.weight";
    return spec;
  }
  std::string moe = stem + "block_sparse_moe.";
  spec.router = moe + "router.layer.weight";
  spec.gate = spec.up = moe + "input_linear.weight";
  spec.gateView = rowsOf(2 * spec.inner, 0, spec.inner);
  spec.upView = rowsOf(2 * spec.inner, spec.inner, spec.inner);
  spec.down = moe + "output_linear.weight";
  return spec;
}

llvm::Expected<OwningOpRef<ModuleOp>> build(MLIRContext &context, const ModelFile &file,
                                            const ImportOptions &options) {
  bool isGguf = file.kind == ModelKind::Gguf;
  Fields fields = fieldsOf(file);
  llvm::Expected<Config> config = isGguf ? readGguf(fields, file) : readHuggingFace(fields);
  if (!config)
    return llvm::joinErrors(fields.takeError(), config.takeError());
  auto &[stack, residual, attentionScale, heads, rope, rotates, bias, isAttention, mixer, routed, shared, _] = *config;
  auto layer = [&](Graph &g, int64_t i, Value x) {
    std::string stem = "model.layers." + std::to_string(i) + ".";
    Value normed = rmsNorm(g, x, stem + "input_layernorm", stack.epsilon), mixed;
    if (isAttention[i]) {
      Attention spec{stem + "self_attn.", heads.heads, heads.kvHeads, heads.headDim, stack.hidden, attentionScale};
      spec.bias = spec.outBias = bias;
      spec.rope = rotates ? &rope : nullptr;
      mixed = attention(g, normed, spec);
    } else {
      mixer.stem = stem + "mamba.";
      mixed = mamba2(g, normed, mixer);
    }
    x = g.add(x, g.scale(mixed, residual));
    normed = rmsNorm(g, x, stem + "post_attention_layernorm", stack.epsilon);
    Value y = shared ? mlp(g, normed, sharedMlp(*config, stem)) : Value();
    if (routed.count) {
      Value mixture = experts(g, normed, routedExperts(*config, stem));
      y = y ? g.add(mixture, y) : mixture;
    }
    return g.add(x, g.scale(y, residual));
  };
  return buildStack(context, file, fields, stack, options, layer);
}

} // namespace

extern const Architecture GraniteHybridArchitecture = {{"granitemoehybrid"}, {"granitehybrid", "granite", "granitemoe"}, build};

} // namespace braid::models
