// SPDX-License-Identifier: Apache-2.0
/// \file
/// MiniMax-Text-01 and M1: lightning attention, softmax attention in every eighth layer, experts. arXiv 2501.08313.
#include "models/architectures/Architecture.h"
#include "models/architectures/Moe.h"

using namespace mlir;
using namespace braid::formats;
using namespace braid::graph;
namespace braid::models {
namespace {

/// attn_type_list (1: softmax) as published, or layer_types as transformers writes it.
std::vector<bool> readFullLayers(Fields &fields, int64_t layers) {
  std::vector<bool> isFull;
  for (int64_t kind : fields.integers("attn_type_list", 0, 1))
    isFull.push_back(kind == 1);
  std::vector<std::string> types = fields.strings("layer_types");
  if (isFull.empty())
    for (const std::string &type : types) {
      isFull.push_back(type == "full_attention");
      if (!isFull.back() && type != "linear_attention")
        fields.fault("layer_types", "expected full_attention or linear_attention, got '" + type + "'");
    }
  if (int64_t(isFull.size()) != layers)
    fields.fault(types.empty() ? "attn_type_list" : "layer_types",
                 "expected " + Twine(layers) + " entries, got " + Twine(isFull.size()));
  isFull.resize(layers);
  return isFull;
}

/// What the residual and a sublayer's result are multiplied by.
struct Weights {
  double residual, result;
};

Weights readWeights(Fields &fields, const std::string &published, const std::string &other) {
  auto read = [&](const std::string &a, const std::string &b) {
    return fields.has(a) ? fields.number(a, -1e6, 1e6) : fields.numberOr(b, 1, -1e6, 1e6);
  };
  return {read(published + "_alpha", other + "_alpha_factor"), read(published + "_beta", other + "_beta_factor")};
}

llvm::Expected<OwningOpRef<ModuleOp>> build(MLIRContext &context, const ModelFile &file,
                                            const ImportOptions &options) {
  Fields fields(file.configFile, file.config);
  Stack stack = readStack(fields);
  Heads heads = readHeads(fields, stack.hidden);
  Rope rope = readRope(fields, fields.integerOr("rotary_dim", heads.headDim, 1, heads.headDim), stack.context);
  std::vector<bool> isFull = readFullLayers(fields, stack.layers);
  Weights full = readWeights(fields, "layernorm_full_attention", "full_attn");
  Weights linear = readWeights(fields, "layernorm_linear_attention", "linear_attn");
  Weights feed = readWeights(fields, "layernorm_mlp", "mlp");
  Experts routed;
  routed.count = fields.integer("num_local_experts", 1, maxExperts);
  routed.chosen = fields.integer("num_experts_per_tok", 1, std::max<int64_t>(1, routed.count));
  routed.inner = readSize(fields, "intermediate_size");
  routed.renormalize = true;
  routed.activation = readActivation(fields);
  if (!fields.booleanOr("postnorm", true))
    fields.fault("postnorm", "expected true: the residual carries what was normed");
  if (fields.integerOr("shared_intermediate_size", 0, 0, 1 << 22))
    fields.fault("shared_intermediate_size", "expected 0: no shared expert");
  fields.ignore({"shared_moe_mode", "sliding_window", "block_size", "layernorm_full_attention_alpha"});
  auto merge = [](Graph &g, Value residual, Value result, Weights weights) {
    return g.add(g.scale(residual, weights.residual), g.scale(result, weights.result));
  };
  auto layer = [&](Graph &g, int64_t i, Value x) {
    std::string stem = "model.layers." + std::to_string(i) + ".";
    for (const char *derived : {"slope_rate", "query_decay", "key_decay", "diagonal_decay"})
      g.ignore(stem + "self_attn." + derived); // transformers saves what it computes
    x = rmsNorm(g, x, stem + "input_layernorm", stack.epsilon);
    if (isFull[i]) {
      Attention spec{stem + "self_attn.", heads.heads, heads.kvHeads, heads.headDim, stack.hidden};
      spec.rope = &rope;
      x = merge(g, x, attention(g, x, spec), full);
    } else {
      Lightning spec{stem + "self_attn.", heads.heads, heads.headDim, stack.hidden, i, stack.layers};
      x = merge(g, x, lightning(g, x, spec), linear);
    }
    x = rmsNorm(g, x, stem + "post_attention_layernorm", stack.epsilon);
    Experts spec = routed;
    std::string moe = stem + "block_sparse_moe.";
    spec.router = moe + "gate.weight";
    spec.gate = moe + "experts.{expert}.w1.weight";
    spec.up = moe + "experts.{expert}.w3.weight";
    spec.down = moe + "experts.{expert}.w2.weight";
    return merge(g, x, experts(g, x, spec), feed);
  };
  return buildStack(context, file, fields, stack, options, layer);
}

} // namespace

extern const Architecture MiniMaxArchitecture = {{"minimax_text_01", "minimax_m1", "minimax"}, {}, build};

} // namespace braid::models
