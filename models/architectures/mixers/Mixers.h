// SPDX-License-Identifier: Apache-2.0
/// \file
/// The pieces that layers of today's models are woven of: what mixes tokens, and what works on each. All take the
/// layer's normed stream and return what is added to it, [tokens, hidden].
#pragma once

#include "models/architectures/Graph.h"
#include <array>

namespace braid::models {

/// The rows (numbers, of a vector) [begin, begin + size) of each `block`.
inline View rowsOf(int64_t block, int64_t begin, int64_t size) { return View{{block, begin, size}}; }
inline View mapped(graph::WeightFunction function) { return View{{}, false, function}; }

/// The weights of a map: `stem`.weight and, if there is one, `stem`.bias, or a part of both.
struct Part {
  std::string stem;
  View view;

  Part(std::string stem, View view = {}) : stem(std::move(stem)), view(std::move(view)) {}
};
mlir::Value linear(Graph &g, mlir::Value x, const Part &part, int64_t out, bool bias = false);
/// With a weight of one head's features, or with `wide` of all.
mlir::Value rmsNorm(Graph &g, mlir::Value x, const Part &part, double epsilon, int64_t heads = 1, bool wide = false);

/// Rotation of the leading features of a head.
struct Rope {
  std::vector<float> frequencies;
  double factor = 1;        ///< on cosines and sines
  bool interleaved = false; ///< pairs (2i, 2i+1); else (i, i + half)
};

/// Softmax attention over keys and values. arXiv 1706.03762, 2305.13245 (grouped heads).
struct Attention {
  std::string stem; ///< of q_proj, k_proj, v_proj and `out`
  int64_t heads = 0, kvHeads = 0, headDim = 0, hidden = 0;
  double scale = 0;                       ///< headDim^-1/2 if 0
  std::string out = "o_proj", qNorm = {}, kNorm = {}; ///< norms of each head, before rope, where named
  double epsilon = 0;
  View normView = {};                     ///< of the norms' weights
  bool bias = false, outBias = false;
  bool gated = false;                     ///< q_proj has [query | gate] for each head; out times sigmoid(gate)
  double keyScale = 1;
  int64_t window = 0;                     ///< of positions that are seen; 0: all
  const Rope *rope = nullptr;             ///< none: no positions
};
mlir::Value attention(Graph &g, mlir::Value x, const Attention &spec);

/// Multi-head latent attention. arXiv 2405.04434.
struct LatentAttention {
  std::string stem;
  int64_t heads = 0, hidden = 0, rank = 0, queryRank = 0, nope = 0, rope = 0, value = 0; ///< queryRank 0: q_proj
  double scale = 0;
  bool bias = false;
  bool interleaved = true;
  const Rope *rotation = nullptr; ///< none: the rope features stay as they are
};
mlir::Value latentAttention(Graph &g, mlir::Value x, const LatentAttention &spec);

/// Kimi Delta Attention. arXiv 2510.26692.
struct DeltaAttention {
  std::string stem;
  int64_t heads = 0, headDim = 0, kernel = 0, hidden = 0;
  double epsilon = 0;
};
mlir::Value deltaAttention(Graph &g, mlir::Value x, const DeltaAttention &spec);

/// Gated DeltaNet as in Qwen3-Next and Qwen3.5. arXiv 2412.06464.
struct GatedDelta {
  std::string stem;
  int64_t keyHeads = 0, valueHeads = 0, key = 0, value = 0, kernel = 0, hidden = 0;
  double epsilon = 0;
  // By head: a matrix has for each key head the rows of all that is made with it. Else each has its own.
  bool streamsByHead = false; ///< in_proj_qkvz; else in_proj_qkv, of one after the other, and in_proj_z
  bool gatesByHead = false;   ///< in_proj_ba; else in_proj_b and in_proj_a
  bool tiled = false;         ///< value head h goes with key head h % keyHeads, not with h / (valueHeads / keyHeads)
};
mlir::Value gatedDelta(Graph &g, mlir::Value x, const GatedDelta &spec);

/// Mamba-2. arXiv 2405.21060.
struct Mamba2 {
  enum class Norm { None, GateFirst, NormFirst };
  std::string stem;
  int64_t heads = 0, headDim = 0, groups = 0, state = 0, kernel = 0, hidden = 0;
  bool convBias = true, bias = false;
  std::optional<bool> outBias; ///< of out_proj, if not as in_proj's
  double inputScale = 1;       ///< of x
  Norm norm = Norm::GateFirst; ///< over each group of heads
  View normView = {};          ///< of its weight
  double epsilon = 0;
  double low = 0, high = std::numeric_limits<double>::infinity(); ///< the time step is clamped to
  std::array<double, 5> multipliers = {1, 1, 1, 1, 1};           ///< of z, x, B, C, dt
};
mlir::Value mamba2(Graph &g, mlir::Value x, const Mamba2 &spec);

/// Lightning attention of MiniMax. arXiv 2501.08313.
struct Lightning {
  std::string stem;
  int64_t heads = 0, headDim = 0, hidden = 0, layer = 0, layers = 0;
};
mlir::Value lightning(Graph &g, mlir::Value x, const Lightning &spec);

/// A causal convolution over `stem`.weight (a part of its channels), with its tail as the layer's state `name`.
mlir::Value shortConv(Graph &g, mlir::Value x, const Part &part, int64_t kernel, bool bias, llvm::StringRef name);

/// down(act(gate x) * up x), or without a gate down(act(up x)).
struct Mlp {
  std::optional<Part> gate;
  Part up, down;
  int64_t inner = 0;
  graph::Activation activation = graph::Activation::Silu;
  bool bias = false;
  double gateScale = 1, downScale = 1;
};
mlir::Value mlp(Graph &g, mlir::Value x, const Mlp &spec);
/// The usual names under a stem: gate_proj, up_proj, down_proj.
Mlp gatedMlp(const std::string &stem, int64_t inner, graph::Activation activation = graph::Activation::Silu);

/// A router and the experts that it chooses among. arXiv 1701.06538.
struct Experts {
  std::string router;         ///< the whole name of its weight
  std::string correctionBias; ///< the whole name, or empty
  graph::RouterScoring scoring = graph::RouterScoring::Softmax;
  int64_t count = 0, chosen = 0, groups = 1, chosenGroups = 1, inner = 0;
  bool groupsByPair = false, renormalize = false, biasedWeights = false;
  double epsilon = 0, scale = 1;
  std::string gate, up, down; ///< whole names of stacks; no gate: act(up x)
  View gateView, upView;
  graph::Activation activation = graph::Activation::Silu;
};
mlir::Value experts(Graph &g, mlir::Value x, const Experts &spec);
/// Experts on `x`, a projection of what the router reads: the latent experts of Nemotron 3.
mlir::Value experts(Graph &g, mlir::Value x, mlir::Value routed, const Experts &spec);

} // namespace braid::models
