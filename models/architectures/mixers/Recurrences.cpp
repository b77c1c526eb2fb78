// SPDX-License-Identifier: Apache-2.0
/// \file
/// Linear attention and state space mixers around their recurrences.
#include "models/architectures/mixers/Mixers.h"

using namespace mlir;
using namespace braid::graph;
namespace braid::models {

static constexpr double lengthEpsilon = 1e-6; // inside of the root of an L2 norm, added to the sum

Value shortConv(Graph &g, Value x, const Part &part, int64_t kernel, bool bias, StringRef name) {
  Value added = bias ? g.weight(part.stem + ".bias", {g.features(x)}, part.view) : Value();
  return g.shortConv(x, name, part.stem + ".weight", kernel, part.view, added);
}

static Value recur(Graph &g, StringRef variant, ArrayRef<Value> inputs, int64_t heads, int64_t key, int64_t value) {
  return g.recur(variant, inputs, "recurrent", heads, key, value);
}

/// -exp(A_log) softplus(x + dt_bias), of numbers or of heads of them.
static Value logDecay(Graph &g, Value x, const std::string &stem, int64_t heads) {
  Value bias = g.weight(stem + "dt_bias", {g.features(x)});
  Value step = g.activate(Activation::Softplus, g.bias(x, bias));
  Value rate = g.weight(stem + "A_log", {heads}, mapped(WeightFunction::NegExp));
  return g.gain(step, rate);
}

static Value unitHeads(Graph &g, Value x, int64_t heads, double scale) {
  return g.l2Norm(x, heads, lengthEpsilon, scale);
}

Value deltaAttention(Graph &g, Value x, const DeltaAttention &spec) {
  int64_t dim = spec.headDim, inner = spec.heads * dim;
  auto stream = [&](const std::string &name) {
    Value projected = linear(g, x, spec.stem + name + "_proj", inner);
    return g.activate(Activation::Silu,
                      shortConv(g, projected, spec.stem + name + "_conv1d", spec.kernel, false, "conv_" + name));
  };
  auto lowRank = [&](const std::string &name) {
    return linear(g, linear(g, x, spec.stem + name + "_a_proj", dim), spec.stem + name + "_b_proj", inner);
  };
  Value q = unitHeads(g, stream("q"), spec.heads, 1 / std::sqrt(double(dim)));
  Value k = unitHeads(g, stream("k"), spec.heads, 1);
  Value v = stream("v");
  Value decay = logDecay(g, lowRank("f"), spec.stem, spec.heads);
  Value beta = g.activate(Activation::Sigmoid, linear(g, x, spec.stem + "b_proj", spec.heads));
  Value o = recur(g, "kda", {q, k, v, decay, beta}, spec.heads, dim, dim);
  Value normed = rmsNorm(g, o, spec.stem + "o_norm", spec.epsilon, spec.heads);
  return linear(g, g.mul(normed, g.activate(Activation::Sigmoid, lowRank("g"))), spec.stem + "o_proj", spec.hidden);
}

Value gatedDelta(Graph &g, Value x, const GatedDelta &spec) {
  int64_t keys = spec.keyHeads * spec.key, values = spec.valueHeads * spec.value;
  int64_t ratio = spec.valueHeads / spec.keyHeads, group = ratio * spec.value;
  auto part = [&](bool byHead, const char *fused, int64_t block, int64_t begin, int64_t size, const char *plain) {
    return byHead ? Part(spec.stem + fused, rowsOf(block, begin, size)) : Part(spec.stem + plain);
  };
  int64_t block = 2 * spec.key + 2 * group, channels = 2 * keys + values;
  auto stream = [&](int64_t begin, int64_t size, int64_t perHead, int64_t at, const char *name) {
    Part projection = spec.streamsByHead ? Part(spec.stem + "in_proj_qkvz", rowsOf(block, at, perHead))
                                         : Part(spec.stem + "in_proj_qkv", rowsOf(channels, begin, size));
    Part kernel(spec.stem + "conv1d", rowsOf(channels, begin, size));
    return g.activate(Activation::Silu,
                      shortConv(g, linear(g, x, projection, size), kernel, spec.kernel, false, name));
  };
  Value q = stream(0, keys, spec.key, 0, "conv_q");
  Value k = stream(keys, keys, spec.key, spec.key, "conv_k");
  Value v = stream(2 * keys, values, group, 2 * spec.key, "conv_v");
  Value z = linear(g, x, part(spec.streamsByHead, "in_proj_qkvz", block, 2 * spec.key + group, group, "in_proj_z"), values);
  Value beta = linear(g, x, part(spec.gatesByHead, "in_proj_ba", 2 * ratio, 0, ratio, "in_proj_b"), spec.valueHeads);
  Value a = linear(g, x, part(spec.gatesByHead, "in_proj_ba", 2 * ratio, ratio, ratio, "in_proj_a"), spec.valueHeads);
  q = unitHeads(g, q, spec.keyHeads, 1 / std::sqrt(double(spec.key)));
  k = unitHeads(g, k, spec.keyHeads, 1);
  Value decay = logDecay(g, a, spec.stem, spec.valueHeads);
  Value o = g.recur("gated_delta_net", {q, k, v, decay, g.activate(Activation::Sigmoid, beta)}, "recurrent",
                    spec.valueHeads, spec.key, spec.value, /*matrices=*/1, /*columns=*/0, spec.tiled);
  Value normed = rmsNorm(g, o, spec.stem + "norm", spec.epsilon, spec.valueHeads);
  return linear(g, g.mul(normed, g.activate(Activation::Silu, z)), spec.stem + "out_proj", spec.hidden);
}

/// max(x, low), then min(that, high).
static Value clamp(Graph &g, Value x, double low, double high, const std::string &stem) {
  auto shifted = [&](Value y, double by, const char *name) -> Value {
    std::vector<float> values(g.features(x), float(by));
    return g.bias(y, g.constants(stem + name, values));
  };
  if (low > 0) // 0 changes nothing: the time step is a softplus
    x = shifted(g.activate(Activation::Relu, shifted(x, -low, "minus_low")), low, "low");
  if (high < std::numeric_limits<double>::infinity()) {
    Value room = shifted(arith::NegFOp::create(g.b, x), high, "high");
    x = shifted(arith::NegFOp::create(g.b, g.activate(Activation::Relu, room)), high, "high");
  }
  return x;
}

Value mamba2(Graph &g, Value x, const Mamba2 &spec) {
  int64_t inner = spec.heads * spec.headDim, shared = spec.groups * spec.state;
  int64_t channels = inner + 2 * shared, rows = inner + channels + spec.heads;
  x = g.scale(x, spec.inputScale);
  auto project = [&](int64_t begin, int64_t size, double multiplier) {
    return g.scale(linear(g, x, Part(spec.stem + "in_proj", rowsOf(rows, begin, size)), size, spec.bias), multiplier);
  };
  auto stream = [&](int64_t begin, int64_t size, double multiplier, const char *name) {
    Part kernel(spec.stem + "conv1d", rowsOf(channels, begin, size));
    return g.activate(Activation::Silu, shortConv(g, project(inner + begin, size, multiplier), kernel, spec.kernel,
                                                  spec.convBias, name));
  };
  Value z = project(0, inner, spec.multipliers[0]);
  Value v = stream(0, inner, spec.multipliers[1], "conv_x");
  Value k = stream(inner, shared, spec.multipliers[2], "conv_b");
  Value q = stream(inner + shared, shared, spec.multipliers[3], "conv_c");
  Value dt = project(inner + channels, spec.heads, spec.multipliers[4]);
  dt = g.bias(dt, g.weight(spec.stem + "dt_bias", {spec.heads}));
  dt = clamp(g, g.activate(Activation::Softplus, dt), spec.low, spec.high, spec.stem + "time_step.");
  Value rate = g.weight(spec.stem + "A_log", {spec.heads}, mapped(WeightFunction::NegExp));
  Value decay = g.gain(dt, rate);
  Value y = recur(g, "mamba2", {q, k, v, decay, dt, g.weight(spec.stem + "D", {spec.heads})}, spec.heads, spec.state,
                  spec.headDim);
  Value gate = g.activate(Activation::Silu, z);
  auto norm = [&](Value u) { return rmsNorm(g, u, Part(spec.stem + "norm", spec.normView), spec.epsilon, spec.groups, true); };
  switch (spec.norm) {
  case Mamba2::Norm::None: y = g.mul(y, gate); break;
  case Mamba2::Norm::GateFirst: y = norm(g.mul(y, gate)); break;
  case Mamba2::Norm::NormFirst: y = g.mul(norm(y), gate); break;
  }
  return linear(g, y, spec.stem + "out_proj", spec.hidden, spec.outBias.value_or(spec.bias));
}

Value lightning(Graph &g, Value x, const Lightning &spec) {
  int64_t dim = spec.headDim, inner = spec.heads * dim;
  auto stream = [&](int64_t at) {
    Part part(spec.stem + "qkv_proj", rowsOf(3 * dim, at * dim, dim));
    return g.activate(Activation::Silu, linear(g, x, part, inner));
  };
  Value q = stream(0), k = stream(1), v = stream(2);
  std::vector<float> slopes(spec.heads);
  double depth = 1 - spec.layer / (spec.layers - 1 + 1e-5) + 1e-5;
  for (auto [head, slope] : llvm::enumerate(slopes))
    slope = -std::exp2(-8.0 * (head + 1) / spec.heads) * depth;
  Value decay = g.constants(spec.stem + "slopes", slopes);
  Value o = recur(g, "lightning", {q, k, v, decay}, spec.heads, dim, dim);
  Value normed = rmsNorm(g, o, spec.stem + "norm", 1e-6); // the class's own epsilon
  Value gate = g.activate(Activation::Sigmoid, linear(g, x, spec.stem + "output_gate", inner));
  return linear(g, g.mul(normed, gate), spec.stem + "out_proj", spec.hidden);
}

} // namespace braid::models
