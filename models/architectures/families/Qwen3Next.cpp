// SPDX-License-Identifier: Apache-2.0
/// \file
/// Qwen3-Next and the text models of Qwen3.5: Gated DeltaNet with gated attention in every fourth layer, a dense MLP or
/// experts. arXiv 2412.06464, 2505.06708.
#include "models/architectures/Architecture.h"
#include "models/architectures/GgufStack.h"
#include "models/architectures/Moe.h"

using namespace mlir;
using namespace braid::formats;
using namespace braid::graph;
namespace braid::models {
namespace {

struct Config {
  Stack stack;
  Heads heads;
  GatedDelta delta;
  Rope rope;
  Activation activation;
  bool bias = false;
  std::vector<bool> isFull;
  MoeLayers moe;
  std::string prefix = "model.";
};

/// Of a Hugging Face config.
std::vector<bool> readFullLayers(Fields &fields, int64_t layers) {
  std::vector<bool> isFull(layers);
  std::vector<std::string> types = fields.strings("layer_types");
  int64_t interval = fields.integerOr("full_attention_interval", 4, 1, 4096);
  if (!types.empty() && int64_t(types.size()) != layers)
    fields.fault("layer_types", "expected " + Twine(layers) + " entries, got " + Twine(types.size()));
  for (int64_t i = 0; i < layers; ++i) {
    isFull[i] = i < int64_t(types.size()) ? types[i] == "full_attention" : (i + 1) % interval == 0;
    if (i < int64_t(types.size()) && !isFull[i] && types[i] != "linear_attention")
      fields.fault("layer_types", "expected full_attention or linear_attention, got '" + types[i] + "'");
  }
  return isFull;
}

/// How many features of a head rotate.
int64_t readRotating(Fields &fields, int64_t headDim) {
  double share = 0.25;
  if (std::optional<Fields> rope = fields.object("rope_parameters")) {
    share = rope->numberOr("partial_rotary_factor", share, 1e-6, 1);
    rope->ignore({"mrope_section", "mrope_interleaved"}); // text has one position in all three dimensions
  }
  share = fields.numberOr("partial_rotary_factor", share, 1e-6, 1);
  return int64_t(headDim * share);
}

Config read(Fields &fields, bool isNext, bool hasExperts) {
  Config config;
  config.stack = readStack(fields);
  config.heads = readHeads(fields, config.stack.hidden);
  config.rope = readRope(fields, readRotating(fields, config.heads.headDim), config.stack.context);
  config.activation = readActivation(fields);
  config.bias = fields.booleanOr("attention_bias", false);
  GatedDelta &delta = config.delta;
  delta.keyHeads = readSizeOr(fields, "linear_num_key_heads", 16);
  delta.valueHeads = readSizeOr(fields, "linear_num_value_heads", 32);
  delta.key = readSizeOr(fields, "linear_key_head_dim", 128);
  delta.value = readSizeOr(fields, "linear_value_head_dim", 128);
  delta.kernel = fields.integerOr("linear_conv_kernel_dim", 4, 2, 64);
  delta.hidden = config.stack.hidden;
  delta.epsilon = config.stack.epsilon;
  delta.streamsByHead = delta.gatesByHead = isNext;
  expectDivides(fields, "linear_num_key_heads", delta.keyHeads, delta.valueHeads);
  config.isFull = readFullLayers(fields, config.stack.layers);
  if (hasExperts) {
    config.moe = readQwenExperts(fields, config.stack.layers, /*normalizes=*/true);
    config.moe.shared = readSize(fields, "shared_expert_intermediate_size");
  } else {
    config.moe.isSparse.assign(config.stack.layers, false);
    config.moe.dense = readSize(fields, "intermediate_size");
  }
  if (!fields.booleanOr("attn_output_gate", true))
    fields.fault("attn_output_gate", "expected true: attention is gated");
  if (fields.booleanOr("use_sliding_window", false))
    fields.fault("use_sliding_window", "expected false: attention sees all positions");
  fields.ignore({"mtp_num_hidden_layers", "mtp_use_dedicated_embeddings", "mamba_ssm_dtype", "mlp_only_layers"});
  return config;
}

constexpr FileName tensorNames[] = {
    {"model.norm", "output_norm", /*applied=*/true},
    {"input_layernorm", "attn_norm", /*applied=*/true},
    {"post_attention_layernorm", "post_attention_norm", /*applied=*/true},
    {"self_attn.q_norm", "attn_q_norm", /*applied=*/true},
    {"self_attn.k_norm", "attn_k_norm", /*applied=*/true},
    {"linear_attn.in_proj_qkvz", "ssm_in"},
    {"linear_attn.in_proj_qkv", "attn_qkv"},
    {"linear_attn.in_proj_z", "attn_gate"},
    {"linear_attn.in_proj_ba", "ssm_ba"},
    {"linear_attn.in_proj_b", "ssm_beta"},
    {"linear_attn.in_proj_a", "ssm_alpha"},
    {"linear_attn.conv1d", "ssm_conv1d"},
    {"linear_attn.dt_bias", "ssm_dt.bias"},
    {"linear_attn.A_log", "ssm_a", /*applied=*/true},
    {"linear_attn.norm", "ssm_norm"},
    {"linear_attn.out_proj", "ssm_out"},
};

std::vector<bool> readGgufFullLayers(Fields &fields, int64_t layers) {
  std::vector<bool> isFull(layers);
  int64_t interval = fields.integerOr("full_attention_interval", 4, 1, 4096);
  for (int64_t i = 0; i < layers; ++i)
    isFull[i] = (i + 1) % interval == 0;
  const Json *recurrent = fields.raw("attention.recurrent_layers");
  if (!recurrent)
    return isFull;
  bool isList = recurrent->is_array() && int64_t(recurrent->size()) >= layers && // more: those that draft tokens
                llvm::all_of(*recurrent, [](const Json &flag) { return flag.is_boolean(); });
  if (!isList)
    fields.fault("attention.recurrent_layers", "expected true or false for each of " + Twine(layers) + " layers, got " +
                                                   shortText(*recurrent));
  for (int64_t i = 0; isList && i < layers; ++i)
    isFull[i] = !(*recurrent)[i].get<bool>();
  return isFull;
}

llvm::Expected<Config> readGguf(Fields &fields, const ModelFile &file) {
  Config config;
  bool isNext = file.config["general.architecture"] == "qwen3next";
  config.stack = readGgufStack(fields, file, tensorNames);
  config.heads = readHeads(fields, config.stack.hidden, ggufHeads);
  int64_t rotating = fields.integer("rope.dimension_count", 2, config.heads.headDim);
  fields.number("rope.freq_base", 1); // no default would be the model's
  llvm::Expected<Rope> rope = readGgufRope(fields, file, rotating, config.stack.context);
  if (!rope)
    return llvm::joinErrors(fields.takeError(), rope.takeError());
  config.rope = std::move(*rope);
  fields.ignore({"rope.dimension_sections"}); // text has one position in all three dimensions
  config.activation = Activation::Silu;
  GatedDelta &delta = config.delta;
  delta.keyHeads = fields.integer("ssm.group_count", 1, 65536);
  delta.valueHeads = fields.integer("ssm.time_step_rank", 1, 65536);
  delta.key = readSize(fields, "ssm.state_size");
  int64_t inner = readSize(fields, "ssm.inner_size");
  delta.kernel = fields.integer("ssm.conv_kernel", 2, 64);
  delta.hidden = config.stack.hidden;
  delta.epsilon = config.stack.epsilon;
  delta.gatesByHead = isNext;
  delta.tiled = !isNext;
  expectDivides(fields, "ssm.group_count", delta.keyHeads, delta.valueHeads);
  expectDivides(fields, "ssm.time_step_rank", delta.valueHeads, inner);
  delta.value = inner / delta.valueHeads;
  config.isFull = readGgufFullLayers(fields, config.stack.layers);
  const bool hasExperts = fields.has("expert_count");
  if (hasExperts) {
    config.moe = readGgufPlainExperts(fields);
    config.moe.shared = readSize(fields, "expert_shared_feed_forward_length");
    fields.ignore({"feed_forward_length"});
  } else {
    config.moe.dense = readSize(fields, "feed_forward_length");
  }
  config.moe.isSparse.assign(config.stack.layers, hasExperts);
  return config;
}

/// Of a directory: of one for text, or of the text model of one for images and text.
Config readHuggingFace(Fields &fields) {
  std::string type = fields.string("model_type");
  std::optional<Fields> nested = fields.object("text_config");
  if (nested) {
    type = nested->stringOr("model_type", type);
    ignoreUsualFields(fields);
    fields.ignore({"vision_config", "image_token_id", "video_token_id", "vision_start_token_id", "vision_end_token_id",
                   "tie_word_embeddings"});
  }
  bool isNext = type == "qwen3_next", hasExperts = isNext || StringRef(type).contains("moe");
  Config config = read(nested ? *nested : fields, isNext, hasExperts);
  config.prefix = nested ? "model.language_model." : "model.";
  config.stack.embed = config.prefix + "embed_tokens";
  config.stack.finalNorm = config.prefix + "norm";
  return config;
}

Value feedForward(Graph &g, Value x, const MoeLayers &moe, int64_t i, const std::string &stem,
                  Activation activation) {
  if (!moe.isSparse[i])
    return mlp(g, x, gatedMlp(stem, moe.dense, activation));
  Value routed = experts(g, x, qwenExperts(g, moe, stem, activation));
  Value shared = mlp(g, x, gatedMlp(stem + "shared_expert.", moe.shared, activation));
  Value gate = g.activate(Activation::Sigmoid, linear(g, x, stem + "shared_expert_gate", 1));
  return g.add(routed, g.mul(shared, g.broadcast(gate, g.features(shared))));
}

llvm::Expected<OwningOpRef<ModuleOp>> build(MLIRContext &context, const ModelFile &file,
                                            const ImportOptions &options) {
  bool isGguf = file.kind == ModelKind::Gguf;
  Fields fields = fieldsOf(file);
  llvm::Expected<Config> found = isGguf ? readGguf(fields, file) : llvm::Expected<Config>(readHuggingFace(fields));
  if (!found)
    return found.takeError();
  Config &config = *found;
  config.stack.normView = mapped(WeightFunction::PlusOne);
  double epsilon = config.stack.epsilon;
  View plusOne = mapped(WeightFunction::PlusOne);
  auto layer = [&](Graph &g, int64_t i, Value x) {
    g.ignoreAll("model.visual.");
    g.ignoreAll("mtp.");
    std::string stem = config.prefix + "layers." + std::to_string(i) + ".";
    Value normed = rmsNorm(g, x, Part(stem + "input_layernorm", plusOne), epsilon);
    if (config.isFull[i]) {
      Attention spec{stem + "self_attn.", config.heads.heads, config.heads.kvHeads, config.heads.headDim,
                     config.stack.hidden};
      spec.qNorm = "q_norm";
      spec.kNorm = "k_norm";
      spec.epsilon = epsilon;
      spec.normView = plusOne;
      spec.bias = spec.outBias = config.bias;
      spec.gated = true;
      spec.rope = &config.rope;
      x = g.add(x, attention(g, normed, spec));
    } else {
      GatedDelta spec = config.delta;
      spec.stem = stem + "linear_attn.";
      spec.streamsByHead |= isGguf && g.has(spec.stem + "in_proj_qkvz.weight"); // of early files
      x = g.add(x, gatedDelta(g, normed, spec));
    }
    normed = rmsNorm(g, x, Part(stem + "post_attention_layernorm", plusOne), epsilon);
    return g.add(x, feedForward(g, normed, config.moe, i, stem + "mlp.", config.activation));
  };
  return buildStack(context, file, fields, config.stack, options, layer);
}

} // namespace

extern const Architecture Qwen3NextArchitecture = {
    {"qwen3_next", "qwen3_5_text", "qwen3_5_moe_text", "qwen3_5", "qwen3_5_moe"},
    {"qwen3next", "qwen35", "qwen35moe"},
    build};

} // namespace braid::models
