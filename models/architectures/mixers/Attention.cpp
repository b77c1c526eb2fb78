// SPDX-License-Identifier: Apache-2.0
/// \file
/// Softmax attention, over keys and values and over latents.
#include "models/architectures/mixers/Mixers.h"

using namespace mlir;
using namespace braid::graph;
namespace braid::models {

Value attention(Graph &g, Value x, const Attention &spec) {
  int64_t dim = spec.headDim, wide = spec.heads * dim, narrow = spec.kvHeads * dim;
  Part queries(spec.stem + "q_proj");
  if (spec.gated)
    queries.view = rowsOf(2 * dim, 0, dim);
  Value q = linear(g, x, queries, wide, spec.bias);
  Value k = linear(g, x, spec.stem + "k_proj", narrow, spec.bias);
  Value v = linear(g, x, spec.stem + "v_proj", narrow, spec.bias);
  k = g.scale(k, spec.keyScale);
  if (!spec.qNorm.empty()) {
    q = rmsNorm(g, q, Part(spec.stem + spec.qNorm, spec.normView), spec.epsilon, spec.heads);
    k = rmsNorm(g, k, Part(spec.stem + spec.kNorm, spec.normView), spec.epsilon, spec.kvHeads);
  }
  if (spec.rope) {
    Value table = g.ropeTable(spec.rope->frequencies, spec.rope->factor);
    q = g.rope(q, table, spec.heads, spec.rope->interleaved);
    k = g.rope(k, table, spec.kvHeads, spec.rope->interleaved);
  }
  Value o = g.attend(q, k, v, spec.heads, spec.kvHeads, spec.scale ? spec.scale : 1 / std::sqrt(double(dim)),
                     spec.window);
  if (spec.gated) {
    Value gate = linear(g, x, Part(spec.stem + "q_proj", rowsOf(2 * dim, dim, dim)), wide, spec.bias);
    o = g.mul(o, g.activate(Activation::Sigmoid, gate));
  }
  return linear(g, o, spec.stem + spec.out, spec.hidden, spec.outBias);
}

Value latentAttention(Graph &g, Value x, const LatentAttention &spec) {
  constexpr double epsilon = 1e-6; // of both latents, whatever rms_norm_eps is
  int64_t head = spec.nope + spec.rope;
  std::string source = spec.stem + "q_proj";
  Value from = x;
  if (spec.queryRank) {
    from = rmsNorm(g, linear(g, x, spec.stem + "q_a_proj", spec.queryRank, spec.bias), spec.stem + "q_a_layernorm",
                     epsilon);
    source = spec.stem + "q_b_proj";
  }
  Value qNope = linear(g, from, Part(source, rowsOf(head, 0, spec.nope)), spec.heads * spec.nope);
  Value qRope = linear(g, from, Part(source, rowsOf(head, spec.nope, spec.rope)), spec.heads * spec.rope);
  std::string down = spec.stem + "kv_a_proj_with_mqa";
  int64_t both = spec.rank + spec.rope;
  Value latent = linear(g, x, Part(down, rowsOf(both, 0, spec.rank)), spec.rank, spec.bias);
  Value kRope = linear(g, x, Part(down, rowsOf(both, spec.rank, spec.rope)), spec.rope, spec.bias);
  latent = rmsNorm(g, latent, spec.stem + "kv_a_layernorm", epsilon);
  if (spec.rotation) {
    Value table = g.ropeTable(spec.rotation->frequencies, spec.rotation->factor);
    qRope = g.rope(qRope, table, spec.heads, spec.interleaved);
    kRope = g.rope(kRope, table, 1, spec.interleaved);
  }
  int64_t expanded = spec.nope + spec.value;
  std::string up = spec.stem + "kv_b_proj.weight";
  std::string keys = spec.stem + "k_b_proj.weight", values = spec.stem + "v_b_proj.weight";
  bool isSplit = g.has(keys);
  Value toKeys = g.weight(isSplit ? keys : up, {spec.heads, spec.nope, spec.rank},
                          isSplit ? View{{}, /*transposed=*/true} : rowsOf(expanded, 0, spec.nope));
  Value toValues = g.weight(isSplit ? values : up, {spec.heads, spec.value, spec.rank},
                            isSplit ? View() : rowsOf(expanded, spec.nope, spec.value));
  Value state = g.state("latent", LatentType::get(g.b.getContext(), spec.rank, spec.rope, g.options.cache));
  double scale = spec.scale ? spec.scale : 1 / std::sqrt(double(head));
  auto attend = LatentAttendOp::create(g.b, g.tokens(spec.heads * spec.value), state.getType(), "causal",
                                       ArrayRef<int64_t>(), qNope, qRope, latent, kRope, toKeys, toValues, state,
                                       g.position(), spec.heads, llvm::APFloat(scale));
  g.setState("latent", attend.getNext());
  return linear(g, attend.getResult(), spec.stem + "o_proj", spec.hidden, spec.bias);
}

} // namespace braid::models
