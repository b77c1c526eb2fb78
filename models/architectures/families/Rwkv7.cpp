// SPDX-License-Identifier: Apache-2.0
/// \file
/// RWKV-7, with the names of flash-linear-attention's checkpoints. arXiv 2503.14456.
#include "models/architectures/Architecture.h"
#include "models/architectures/Stack.h"

using namespace mlir;
using namespace braid::formats;
using namespace braid::graph;
namespace braid::models {
namespace {

struct Config {
  Stack stack;
  int64_t heads = 0, headDim = 0, inner = 0;
  int64_t decayRank = 0, rateRank = 0, gateRank = 0, valueRank = 0;
};

Config read(Fields &fields) {
  Config config;
  config.stack = readStack(fields, "norm_eps");
  int64_t hidden = config.stack.hidden;
  config.stack.embed = "model.embeddings";
  config.headDim = fields.has("head_dim") ? fields.integer("head_dim", 1, 65536)
                                          : hidden / fields.integer("num_heads", 1, hidden);
  expectDivides(fields, "head_dim", config.headDim, hidden);
  config.heads = std::max<int64_t>(1, hidden / config.headDim);
  if (fields.integerOr("num_heads", config.heads, 1, 65536) != config.heads)
    fields.fault("num_heads", "expected " + Twine(config.heads) + ", hidden_size over head_dim");
  config.inner = fields.has("intermediate_size")
                     ? readSize(fields, "intermediate_size")
                     : llvm::alignTo(int64_t(hidden * fields.numberOr("hidden_ratio", 4, 0.1, 64)), 32);
  config.decayRank = readSize(fields, "decay_low_rank_dim");
  config.rateRank = readSize(fields, "a_low_rank_dim");
  config.gateRank = readSize(fields, "gate_low_rank_dim");
  config.valueRank = readSize(fields, "v_low_rank_dim");
  for (int64_t width : fields.integers("value_dim", 1, 1 << 22))
    if (width != hidden)
      fields.fault("value_dim", "expected " + Twine(hidden) + ", as many values as keys, got " + Twine(width));
  if (fields.stringOr("hidden_act", "sqrelu") != "sqrelu")
    fields.fault("hidden_act", "expected sqrelu");
  if (fields.has("attn"))
    fields.fault("attn", "expected null: no layer has softmax attention");
  if (!fields.booleanOr("norm_first", true) || !fields.booleanOr("norm_bias", true))
    fields.fault("norm_first", "expected norms with biases, one before the first layer");
  fields.ignore({"attn_mode", "fuse_cross_entropy", "fuse_norm", "fuse_linear_cross_entropy", "hidden_ratio",
                 "use_l2warp"});
  return config;
}

Value layerNorm(Graph &g, Value x, const std::string &stem, double epsilon, int64_t heads = 1) {
  Value gain = g.weight(stem + ".weight", {g.features(x)}), bias = g.weight(stem + ".bias", {g.features(x)});
  return LayerNormOp::create(g.b, x.getType(), x, gain, bias, llvm::APFloat(epsilon), heads);
}

Value gain(Graph &g, Value x, const std::string &name) {
  int64_t size = g.features(x); // stored as a vector, or with sizes of 1, or as heads
  return g.gain(x, g.weight(name, {size}, rowsOf(size, 0, size)));
}

/// What the token before had, minus x.
Value difference(Graph &g, Value x, StringRef name) {
  return arith::SubFOp::create(g.b, g.tokenShift(x, name), x);
}

Value lowRank(Graph &g, Value x, const std::string &stem, int64_t rank, std::optional<Activation> activation,
              bool bias = true) {
  Value y = linear(g, x, stem + ".lora.0", rank);
  return linear(g, activation ? g.activate(*activation, y) : y, stem + ".lora.2", g.features(x), bias);
}

Value timeMix(Graph &g, Value x, const std::string &stem, const Config &config) {
  int64_t heads = config.heads, dim = config.headDim, hidden = config.stack.hidden;
  Value delta = difference(g, x, "time_mix");
  auto mixed = [&](const char *kind) { return g.add(x, gain(g, delta, stem + "x_" + kind)); };
  auto sigmoid = [&](Value y) { return g.activate(Activation::Sigmoid, y); };
  Value r = linear(g, mixed("r"), stem + "r_proj", hidden);
  Value k = linear(g, mixed("k"), stem + "k_proj", hidden);
  Value forValues = mixed("v"), v = linear(g, forValues, stem + "v_proj", hidden);
  Value decay = sigmoid(lowRank(g, mixed("w"), stem + "w_lora", config.decayRank, Activation::Tanh));
  decay = g.scale(decay, -std::exp(-0.5));
  if (g.layer() > 0) {
    Value share = sigmoid(lowRank(g, forValues, stem + "v_lora", config.valueRank, std::nullopt));
    v = g.add(v, g.mul(arith::SubFOp::create(g.b, g.carried("values", hidden), v), share));
  } else {
    g.carry("values", v);
  }
  Value a = sigmoid(lowRank(g, mixed("a"), stem + "a_lora", config.rateRank, std::nullopt));
  Value gate = lowRank(g, mixed("g"), stem + "g_lora", config.gateRank, Activation::Sigmoid, false);
  // No epsilon, as its authors have it; this one is lost in any key that is not zero.
  Value removal = g.l2Norm(gain(g, k, stem + "k_k"), heads, 1e-24);
  k = g.add(k, gain(g, arith::SubFOp::create(g.b, g.mul(k, a), k), stem + "k_a"));
  Value o = g.recur("rwkv7", {r, k, v, decay, removal, a}, "recurrent", heads, dim, dim);
  Value normed = layerNorm(g, o, stem + "g_norm", dim * config.stack.epsilon, heads);
  Value own = HeadSumOp::create(g.b, g.tokens(heads), gain(g, g.mul(r, k), stem + "r_k"), heads);
  own = g.broadcast(own, hidden);
  return linear(g, g.mul(g.add(normed, g.mul(own, v)), gate), stem + "o_proj", hidden);
}

Value channelMix(Graph &g, Value x, const std::string &stem, int64_t inner) {
  Value mixed = g.add(x, gain(g, difference(g, x, "channel_mix"), stem + "x_k"));
  Value y = g.activate(Activation::Relu2, linear(g, mixed, stem + "key", inner));
  return linear(g, y, stem + "value", g.features(x));
}

llvm::Expected<OwningOpRef<ModuleOp>> build(MLIRContext &context, const ModelFile &file,
                                            const ImportOptions &options) {
  Fields fields(file.configFile, file.config);
  Config config = read(fields);
  double epsilon = config.stack.epsilon;
  auto layer = [&](Graph &g, int64_t i, Value x) {
    std::string stem = "model.layers." + std::to_string(i) + ".";
    if (i == 0)
      x = layerNorm(g, x, stem + "pre_norm", epsilon);
    x = g.add(x, timeMix(g, layerNorm(g, x, stem + "attn_norm", epsilon), stem + "attn.", config));
    return g.add(x, channelMix(g, layerNorm(g, x, stem + "ffn_norm", epsilon), stem + "ffn.", config.inner));
  };
  auto last = [&](Graph &g, Value x) { return layerNorm(g, x, config.stack.finalNorm, epsilon); };
  return buildStack(context, file, fields, config.stack, options, layer, last);
}

} // namespace

extern const Architecture Rwkv7Architecture = {{"rwkv7"}, {}, build};

} // namespace braid::models
