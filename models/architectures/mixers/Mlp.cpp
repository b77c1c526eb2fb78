// SPDX-License-Identifier: Apache-2.0
/// \file
/// What works on each token: gated MLPs and mixtures of experts.
#include "models/architectures/mixers/Mixers.h"

using namespace mlir;
using namespace braid::graph;
namespace braid::models {

Value linear(Graph &g, Value x, const Part &part, int64_t out, bool bias) {
  Value added = bias ? g.weight(part.stem + ".bias", {out}, part.view) : Value();
  return g.linear(x, part.stem + ".weight", out, part.view, added);
}

Value rmsNorm(Graph &g, Value x, const Part &part, double epsilon, int64_t heads, bool wide) {
  Value gain = g.weight(part.stem + ".weight", {wide ? g.features(x) : g.features(x) / heads}, part.view);
  return RmsNormOp::create(g.b, x.getType(), x, gain, g.b.getF64FloatAttr(epsilon), g.b.getI64IntegerAttr(heads));
}

Mlp gatedMlp(const std::string &stem, int64_t inner, Activation activation) {
  Mlp spec{Part(stem + "gate_proj"), Part(stem + "up_proj"), Part(stem + "down_proj")};
  spec.inner = inner;
  spec.activation = activation;
  return spec;
}

Value mlp(Graph &g, Value x, const Mlp &spec) {
  Value inner;
  if (spec.gate) {
    Value gate = g.scale(linear(g, x, *spec.gate, spec.inner, spec.bias), spec.gateScale);
    inner = g.mul(g.activate(spec.activation, gate), linear(g, x, spec.up, spec.inner, spec.bias));
  } else {
    inner = g.activate(spec.activation, linear(g, x, spec.up, spec.inner, spec.bias));
  }
  return g.scale(linear(g, inner, spec.down, g.features(x), spec.bias), spec.downScale);
}

Value experts(Graph &g, Value x, const Experts &spec) { return experts(g, x, x, spec); }

Value experts(Graph &g, Value x, Value routed, const Experts &spec) {
  int64_t hidden = g.features(x);
  Value logits = g.linear(routed, spec.router, spec.count);
  Value bias = spec.correctionBias.empty() ? Value() : g.weight(spec.correctionBias, {spec.count});
  auto idType = RankedTensorType::get({ShapedType::kDynamic, spec.chosen}, g.b.getI32Type());
  auto router = RouterOp::create(g.b, idType, g.tokens(spec.chosen), spec.scoring, logits, bias, spec.chosen,
                                 spec.groups, spec.chosenGroups, spec.groupsByPair, /*zero_masked=*/false,
                                 spec.renormalize, llvm::APFloat(spec.epsilon), llvm::APFloat(spec.scale),
                                 spec.biasedWeights);
  Value gate;
  if (!spec.gate.empty())
    gate = g.weight(spec.gate, {spec.count, spec.inner, hidden}, spec.gateView);
  Value up = g.weight(spec.up, {spec.count, spec.inner, hidden}, spec.upView);
  Value down = g.weight(spec.down, {spec.count, hidden, spec.inner});
  return ExpertsOp::create(g.b, x.getType(), spec.activation, x, router.getIds(), router.getWeights(), gate, up, down);
}

} // namespace braid::models
