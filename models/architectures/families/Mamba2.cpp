// SPDX-License-Identifier: Apache-2.0
/// \file
/// Mamba-2: nothing but its mixers. arXiv 2405.21060.
#include "models/architectures/Architecture.h"
#include "models/architectures/GgufStack.h"
#include "models/architectures/MambaConfig.h"

using namespace mlir;
using namespace braid::formats;
using namespace braid::graph;
namespace braid::models {

namespace {

Mamba2 readHuggingFace(Fields &fields, const Stack &stack) {
  Mamba2 mixer;
  mixer.hidden = stack.hidden;
  mixer.epsilon = stack.epsilon;
  mixer.heads = fields.integer("num_heads", 1, 65536);
  mixer.headDim = fields.integer("head_dim", 1, 65536);
  mixer.groups = fields.integerOr("n_groups", 8, 1, 65536);
  expectDivides(fields, "n_groups", mixer.groups, mixer.heads);
  mixer.state = readSizeOr(fields, "state_size", 128);
  mixer.kernel = fields.integerOr("conv_kernel", 4, 2, 64);
  mixer.bias = fields.booleanOr("use_bias", false);
  mixer.convBias = fields.booleanOr("use_conv_bias", true);
  readTimeStepLimit(fields, mixer);
  if (fields.integerOr("expand", 2, 1, 64) * stack.hidden != mixer.heads * mixer.headDim)
    fields.fault("expand", "expected num_heads * head_dim to be expand * hidden_size");
  if (readActivation(fields) != Activation::Silu)
    fields.fault("hidden_act", "expected silu");
  if (!fields.booleanOr("rms_norm", true) || fields.booleanOr("norm_before_gate", false))
    fields.fault("rms_norm", "expected a norm after the gate");
  fields.ignore({"chunk_size", "residual_in_fp32", "rescale_prenorm_residual", "time_step_rank", "time_step_min",
                 "time_step_max", "time_step_floor", "intermediate_size"});
  return mixer;
}

constexpr FileName tensorNames[] = {
    {"norm", "attn_norm"},           {"mixer.in_proj", "ssm_in"}, {"mixer.conv1d", "ssm_conv1d"},
    {"mixer.dt_bias", "ssm_dt.bias"}, {"mixer.D", "ssm_d"},        {"mixer.A_log", "ssm_a", /*applied=*/true},
    {"mixer.norm", "ssm_norm"},      {"mixer.out_proj", "ssm_out"},
};

llvm::Expected<OwningOpRef<ModuleOp>> build(MLIRContext &context, const ModelFile &file,
                                            const ImportOptions &options) {
  bool isGguf = file.kind == ModelKind::Gguf;
  Fields fields = fieldsOf(file);
  Stack stack;
  Mamba2 mixer;
  std::string root = "backbone.";
  if (isGguf) {
    stack = readGgufStack(fields, file, tensorNames);
    mixer = readGgufMamba(fields, file, stack);
    fields.ignore({"attention.head_count", "feed_forward_length"}); // 0, as readers ask for them
    root = "model.";
  } else {
    stack = readStack(fields, "layer_norm_epsilon");
    stack.embed = root + "embeddings";
    stack.finalNorm = root + "norm_f";
    mixer = readHuggingFace(fields, stack);
  }
  auto layer = [&](Graph &g, int64_t i, Value x) {
    std::string stem = root + "layers." + std::to_string(i) + ".";
    mixer.stem = stem + "mixer.";
    return g.add(x, mamba2(g, rmsNorm(g, x, stem + "norm", stack.epsilon), mixer));
  };
  return buildStack(context, file, fields, stack, options, layer);
}

} // namespace

extern const Architecture Mamba2Architecture = {{"mamba2"}, {"mamba2"}, build};

} // namespace braid::models
