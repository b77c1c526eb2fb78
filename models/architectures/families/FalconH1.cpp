// SPDX-License-Identifier: Apache-2.0
/// \file
/// Falcon-H1: attention and Mamba-2 side by side in every layer, and a multiplier on everything. arXiv 2507.22448.
#include "models/architectures/Architecture.h"
#include "models/architectures/MambaConfig.h"

using namespace mlir;
using namespace braid::formats;
using namespace braid::graph;
namespace braid::models {
namespace {

double readMultiplier(Fields &fields, StringRef name) { return fields.numberOr(name, 1, -1e6, 1e6); }

/// The multipliers of a list, 1 each if there is none.
template <size_t N> std::array<double, N> readMultipliers(Fields &fields, StringRef name) {
  std::array<double, N> result;
  result.fill(1);
  std::vector<double> given = fields.numbers(name, -1e6, 1e6);
  if (!given.empty() && given.size() != N)
    fields.fault(name, "expected " + Twine(N) + " numbers, got " + Twine(given.size()));
  else
    llvm::copy(given, result.begin());
  return result;
}

Mamba2 readMixer(Fields &fields, const Stack &stack) {
  Mamba2 mixer = readMamba(fields, stack, readSizeOr(fields, "mamba_d_ssm", 0, 0));
  bool normFirst = fields.booleanOr("mamba_norm_before_gate", true);
  if (!fields.booleanOr("mamba_rms_norm", false))
    mixer.norm = Mamba2::Norm::None;
  else if (normFirst)
    mixer.norm = Mamba2::Norm::NormFirst;
  double in = readMultiplier(fields, "ssm_in_multiplier");
  mixer.multipliers = readMultipliers<5>(fields, "ssm_multipliers");
  if (!mixer.bias) // what multiplies the input multiplies each part of a map without a bias
    for (double &multiplier : mixer.multipliers)
      multiplier *= in;
  mixer.inputScale = mixer.bias ? in : 1;
  return mixer;
}

llvm::Expected<OwningOpRef<ModuleOp>> build(MLIRContext &context, const ModelFile &file,
                                            const ImportOptions &options) {
  Fields fields(file.configFile, file.config);
  Stack stack = readStack(fields);
  stack.finalNorm = "model.final_layernorm";
  stack.embedScale = readMultiplier(fields, "embedding_multiplier");
  stack.logitScale = readMultiplier(fields, "lm_head_multiplier");
  Heads heads = readHeads(fields, stack.hidden);
  Rope rope = readRope(fields, heads.headDim, stack.context);
  Mamba2 mixer = readMixer(fields, stack);
  double mixerOut = readMultiplier(fields, "ssm_out_multiplier");
  double attentionIn = readMultiplier(fields, "attention_in_multiplier");
  double attentionOut = readMultiplier(fields, "attention_out_multiplier");
  double keyScale = readMultiplier(fields, "key_multiplier");
  std::array<double, 2> mlpScales = readMultipliers<2>(fields, "mlp_multipliers");
  Activation activation = readActivation(fields);
  int64_t width = readSize(fields, "intermediate_size");
  bool bias = fields.booleanOr("attention_bias", false), mlpBias = fields.booleanOr("mlp_bias", false);
  bool outBias = fields.booleanOr("projectors_bias", false);
  fields.ignore({"attn_layer_indices", "mamba_use_mlp", "mlp_expansion_factor"});
  auto layer = [&](Graph &g, int64_t i, Value x) {
    std::string stem = "model.layers." + std::to_string(i) + ".";
    Value normed = rmsNorm(g, x, stem + "input_layernorm", stack.epsilon);
    mixer.stem = stem + "mamba.";
    mixer.outBias = outBias;
    Value recurrent = g.scale(mamba2(g, normed, mixer), mixerOut);
    Attention spec{stem + "self_attn.", heads.heads, heads.kvHeads, heads.headDim, stack.hidden};
    spec.bias = spec.outBias = bias;
    spec.keyScale = keyScale;
    spec.rope = &rope;
    Value attended = g.scale(attention(g, g.scale(normed, attentionIn), spec), attentionOut);
    x = g.add(x, g.add(recurrent, attended));
    Mlp feed = gatedMlp(stem + "feed_forward.", width, activation);
    feed.bias = mlpBias;
    feed.gateScale = mlpScales[0];
    feed.downScale = mlpScales[1];
    return g.add(x, mlp(g, rmsNorm(g, x, stem + "pre_ff_layernorm", stack.epsilon), feed));
  };
  return buildStack(context, file, fields, stack, options, layer);
}

} // namespace

extern const Architecture FalconH1Architecture = {{"falcon_h1"}, {}, build};

} // namespace braid::models
