// SPDX-License-Identifier: Apache-2.0
/// \file
/// Granite 4.0 H: Mamba-2 with some attention layers, multipliers, fused experts beside a shared MLP. arXiv 2405.21060.
#include "models/architectures/Architecture.h"
#include "models/architectures/MambaConfig.h"

using namespace mlir;
using namespace braid::formats;
using namespace braid::graph;
namespace braid::models {
namespace {

std::vector<bool> readAttentionLayers(Fields &fields, int64_t layers) {
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

llvm::Expected<OwningOpRef<ModuleOp>> build(MLIRContext &context, const ModelFile &file,
                                            const ImportOptions &options) {
  Fields fields(file.configFile, file.config);
  Stack stack = readStack(fields);
  stack.embedScale = fields.numberOr("embedding_multiplier", 1, -1e6, 1e6);
  stack.logitScale = 1 / fields.numberOr("logits_scaling", 1, 1e-6, 1e6);
  double residual = fields.numberOr("residual_multiplier", 1, -1e6, 1e6);
  double attentionScale = fields.numberOr("attention_multiplier", 1, 1e-6, 1e6);
  Heads heads = readHeads(fields, stack.hidden);
  bool rotates = fields.choiceOr("position_embedding_type", 1, {"rope", "nope"}) == 0;
  Rope rope;
  if (rotates)
    rope = readRope(fields, heads.headDim, stack.context);
  fields.ignore({"rope_theta", "rope_scaling", "rope_parameters", "normalization_function", "init_method"});
  Mamba2 mixer = readMamba(fields, stack);
  Experts routed;
  routed.activation = readActivation(fields);
  routed.count = fields.integerOr("num_local_experts", 0, 0, maxExperts);
  routed.inner = readSizeOr(fields, "intermediate_size", 0, 0);
  routed.chosen = fields.integerOr("num_experts_per_tok", 0, 0, routed.count);
  routed.renormalize = true; // softmax over the chosen
  if (routed.count && !(routed.chosen && routed.inner))
    fields.fault("num_experts_per_tok", "expected experts to be chosen, of some intermediate_size");
  int64_t shared = readSize(fields, "shared_intermediate_size");
  bool bias = fields.booleanOr("attention_bias", false);
  std::vector<bool> isAttention = readAttentionLayers(fields, stack.layers);
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
    std::string fused = stem + "shared_mlp.input_linear";
    Mlp spec{Part(fused, rowsOf(2 * shared, 0, shared)), Part(fused, rowsOf(2 * shared, shared, shared)),
             Part(stem + "shared_mlp.output_linear"), shared, routed.activation};
    Value y = mlp(g, normed, spec);
    if (routed.count) {
      std::string moe = stem + "block_sparse_moe.";
      Experts spec = routed;
      spec.router = moe + "router.layer.weight";
      spec.gate = spec.up = moe + "input_linear.weight";
      spec.gateView = rowsOf(2 * spec.inner, 0, spec.inner);
      spec.upView = rowsOf(2 * spec.inner, spec.inner, spec.inner);
      spec.down = moe + "output_linear.weight";
      y = g.add(experts(g, normed, spec), y);
    }
    return g.add(x, g.scale(y, residual));
  };
  return buildStack(context, file, fields, stack, options, layer);
}

} // namespace

extern const Architecture GraniteHybridArchitecture = {{"granitemoehybrid"}, {}, build};

} // namespace braid::models
