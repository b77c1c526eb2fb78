// SPDX-License-Identifier: Apache-2.0
/// \file
/// Bamba: Mamba-2 with some attention layers, of whose heads half the features rotate. arXiv 2405.21060.
#include "models/architectures/Architecture.h"
#include "models/architectures/MambaConfig.h"

using namespace mlir;
using namespace braid::formats;
using namespace braid::graph;
namespace braid::models {

static llvm::Expected<OwningOpRef<ModuleOp>> build(MLIRContext &context, const ModelFile &file,
                                                   const ImportOptions &options) {
  Fields fields(file.configFile, file.config);
  Stack stack = readStack(fields);
  stack.finalNorm = "model.final_layernorm";
  Heads heads = readHeads(fields, stack.hidden);
  Rope rope = readRope(fields, heads.headDim / 2, stack.context);
  Mamba2 mixer = readMamba(fields, stack);
  Activation activation = readActivation(fields);
  int64_t width = readSize(fields, "intermediate_size");
  bool bias = fields.booleanOr("attention_bias", false), mlpBias = fields.booleanOr("mlp_bias", false);
  std::vector<int64_t> attentive = fields.integers("attn_layer_indices", 0, stack.layers - 1);
  fields.ignore({"attn_rotary_emb", "partial_rotary_factor", "z_loss_coefficient"});
  auto layer = [&](Graph &g, int64_t i, Value x) {
    std::string stem = "model.layers." + std::to_string(i) + ".";
    Value normed = rmsNorm(g, x, stem + "input_layernorm", stack.epsilon);
    if (llvm::is_contained(attentive, i)) {
      Attention spec{stem + "self_attn.", heads.heads, heads.kvHeads, heads.headDim, stack.hidden};
      spec.bias = spec.outBias = bias;
      spec.rope = &rope;
      x = g.add(x, attention(g, normed, spec));
    } else {
      mixer.stem = stem + "mamba.";
      x = g.add(x, mamba2(g, normed, mixer));
    }
    Mlp spec = gatedMlp(stem + "feed_forward.", width, activation);
    spec.bias = mlpBias;
    return g.add(x, mlp(g, rmsNorm(g, x, stem + "pre_ff_layernorm", stack.epsilon), spec));
  };
  return buildStack(context, file, fields, stack, options, layer);
}

extern const Architecture BambaArchitecture = {{"bamba"}, {}, build};

} // namespace braid::models
