// SPDX-License-Identifier: Apache-2.0
/// \file
/// LFM2: gated short convolutions, and attention in some layers. arXiv 2511.23404.
#include "models/architectures/Architecture.h"
#include "models/architectures/Stack.h"

using namespace mlir;
using namespace braid::formats;
using namespace braid::graph;
namespace braid::models {

/// The MLP's width, as the published code computes it.
static int64_t readWidth(Fields &fields) {
  int64_t width = fields.has("block_ff_dim") ? readSize(fields, "block_ff_dim") : readSize(fields, "intermediate_size");
  fields.ignore({"intermediate_size"});
  double factor = fields.numberOr("block_ffn_dim_multiplier", 1, 1e-6, 1e3);
  int64_t multiple = readSizeOr(fields, "block_multiple_of", 256);
  if (!fields.booleanOr("block_auto_adjust_ff_dim", true))
    return width;
  width = int64_t(factor * (2 * width / 3));
  return llvm::divideCeil(width, multiple) * multiple;
}

static std::vector<bool> readAttentionLayers(Fields &fields, int64_t layers) {
  std::vector<bool> isAttention(layers);
  std::vector<std::string> types = fields.strings("layer_types");
  std::vector<int64_t> indices = fields.integers("full_attn_idxs", 0, layers - 1);
  if (types.empty()) {
    for (int64_t i : indices)
      isAttention[i] = true;
    return isAttention;
  }
  if (int64_t(types.size()) != layers)
    fields.fault("layer_types", "expected " + Twine(layers) + " entries, got " + Twine(types.size()));
  for (auto [type, flag] : llvm::zip(types, isAttention)) {
    flag = type == "full_attention";
    if (!flag && type != "conv")
      fields.fault("layer_types", "expected full_attention or conv, got '" + type + "'");
  }
  return isAttention;
}

static Value gatedConv(Graph &g, Value x, const std::string &stem, int64_t taps, bool bias) {
  int64_t hidden = g.features(x);
  auto third = [&](int64_t i) {
    return linear(g, x, Part(stem + "in_proj", rowsOf(3 * hidden, i * hidden, hidden)), hidden, bias);
  };
  Value b = third(0), c = third(1), u = g.mul(b, third(2));
  Value y = g.mul(c, shortConv(g, u, stem + "conv", taps, bias, "conv"));
  return linear(g, y, stem + "out_proj", hidden, bias);
}

static llvm::Expected<OwningOpRef<ModuleOp>> build(MLIRContext &context, const ModelFile &file,
                                                   const ImportOptions &options) {
  Fields fields(file.configFile, file.config);
  Stack stack = readStack(fields, "norm_eps");
  stack.tied = fields.booleanOr("tie_embedding", !fields.has("tie_word_embeddings") || stack.tied);
  stack.finalNorm = "model.embedding_norm";
  Heads heads = readHeads(fields, stack.hidden);
  Rope rope = readRope(fields, heads.headDim, stack.context);
  int64_t width = readWidth(fields), taps = fields.integer("conv_L_cache", 2, 64);
  bool bias = fields.booleanOr("conv_bias", false);
  std::vector<bool> isAttention = readAttentionLayers(fields, stack.layers);
  // Copies of sizes, and how the training began.
  fields.ignore({"block_dim", "block_norm_eps", "conv_dim", "conv_dim_out", "num_heads", "conv_use_xavier_init",
                 "block_mlp_init_scale", "block_out_init_scale", "block_use_xavier_init", "block_use_swiglu",
                 "use_pos_enc", "theta"});
  auto layer = [&](Graph &g, int64_t i, Value x) {
    std::string stem = "model.layers." + std::to_string(i) + ".";
    Value normed = rmsNorm(g, x, stem + "operator_norm", stack.epsilon);
    if (isAttention[i]) {
      Attention spec{stem + "self_attn.", heads.heads, heads.kvHeads, heads.headDim, stack.hidden};
      spec.out = "out_proj";
      spec.qNorm = "q_layernorm";
      spec.kNorm = "k_layernorm";
      spec.epsilon = stack.epsilon;
      spec.rope = &rope;
      x = g.add(x, attention(g, normed, spec));
    } else {
      x = g.add(x, gatedConv(g, normed, stem + "conv.", taps, bias));
    }
    Mlp spec{Part(stem + "feed_forward.w1"), Part(stem + "feed_forward.w3"), Part(stem + "feed_forward.w2"), width};
    return g.add(x, mlp(g, rmsNorm(g, x, stem + "ffn_norm", stack.epsilon), spec));
  };
  return buildStack(context, file, fields, stack, options, layer);
}

extern const Architecture Lfm2Architecture = {{"lfm2"}, {}, build};

} // namespace braid::models
