// SPDX-License-Identifier: Apache-2.0
/// \file
/// Fields and names of experts.
#include "models/architectures/Moe.h"

using namespace mlir;
using namespace braid::formats;
using namespace braid::graph;
namespace braid::models {

void checkGroups(Fields &fields, const Experts &spec, StringRef groups, StringRef chosen) {
  expectDivides(fields, groups, spec.groups, spec.count);
  int64_t size = spec.count / spec.groups;
  if (spec.groupsByPair && size < 2)
    fields.fault(groups, "expected groups of two experts at least, got " + Twine(spec.groups) + " of " + Twine(size));
  if (spec.chosenGroups * size < spec.chosen)
    fields.fault(chosen, "expected groups of " + Twine(spec.chosen) + " experts at least, got " +
                                   Twine(spec.chosenGroups * size));
}

MoeLayers readQwenExperts(Fields &fields, int64_t layers, bool normalizes) {
  MoeLayers moe;
  moe.count = fields.integer("num_experts", 1, maxExperts);
  moe.chosen = fields.integer("num_experts_per_tok", 1, std::max<int64_t>(1, moe.count));
  moe.inner = readSize(fields, "moe_intermediate_size");
  moe.renormalize = fields.booleanOr("norm_topk_prob", normalizes);
  int64_t step = fields.integerOr("decoder_sparse_step", 1, 1, 4096);
  moe.isSparse.assign(layers, false);
  for (int64_t i = 0; i < layers; ++i)
    moe.isSparse[i] = (i + 1) % step == 0;
  for (int64_t i : fields.integers("mlp_only_layers", 0, layers - 1))
    moe.isSparse[i] = false;
  if (llvm::is_contained(moe.isSparse, false))
    moe.dense = readSize(fields, "intermediate_size");
  fields.ignore({"intermediate_size"}); // of no layer, where all have experts
  return moe;
}

Experts qwenExperts(Graph &g, const MoeLayers &moe, const std::string &stem, Activation activation) {
  Experts spec;
  spec.router = stem + "gate.weight";
  spec.count = moe.count;
  spec.chosen = moe.chosen;
  spec.inner = moe.inner;
  spec.renormalize = moe.renormalize;
  spec.activation = activation;
  if (g.has(stem + "experts.gate_up_proj")) {
    spec.gate = spec.up = stem + "experts.gate_up_proj";
    spec.gateView = rowsOf(2 * moe.inner, 0, moe.inner);
    spec.upView = rowsOf(2 * moe.inner, moe.inner, moe.inner);
    spec.down = stem + "experts.down_proj";
    return spec;
  }
  spec.gate = stem + "experts.{expert}.gate_proj.weight";
  spec.up = stem + "experts.{expert}.up_proj.weight";
  spec.down = stem + "experts.{expert}.down_proj.weight";
  return spec;
}

} // namespace braid::models
