// SPDX-License-Identifier: Apache-2.0
/// \file
/// Reads the fields of Mamba-2 mixers.
#include "models/architectures/MambaConfig.h"

#include "models/architectures/GgufStack.h"

using namespace braid::formats;
namespace braid::models {

void readTimeStepLimit(Fields &fields, Mamba2 &mixer) {
  const Json *limit = fields.raw("time_step_limit");
  if (!limit)
    return;
  // The upper one may be infinite.
  bool isPair = limit->is_array() && limit->size() == 2 && (*limit)[0].is_number() && (*limit)[1].is_number();
  if (isPair) {
    mixer.low = (*limit)[0].get<double>();
    mixer.high = (*limit)[1].get<double>();
  }
  if (!isPair || !(mixer.low >= 0 && mixer.low < mixer.high))
    fields.fault("time_step_limit", "expected two ascending numbers >= 0, got " + shortText(*limit));
}

Mamba2 readMamba(Fields &fields, const Stack &stack, int64_t inner) {
  Mamba2 mixer;
  mixer.hidden = stack.hidden;
  mixer.epsilon = stack.epsilon;
  int64_t expand = fields.integerOr("mamba_expand", 2, 1, 64);
  if (!inner)
    inner = expand * stack.hidden;
  mixer.heads = fields.integerOr("mamba_n_heads", 128, 1, 65536);
  expectDivides(fields, "mamba_n_heads", mixer.heads, inner);
  mixer.headDim = inner / mixer.heads;
  if (const Json *dim = fields.raw("mamba_d_head"); dim && !(dim->is_string() && dim->get<std::string>() == "auto"))
    if (readSize(fields, "mamba_d_head") != mixer.headDim)
      fields.fault("mamba_d_head", "expected " + llvm::Twine(mixer.headDim) + ", got " + shortText(*dim));
  mixer.groups = fields.integerOr("mamba_n_groups", 1, 1, 65536);
  expectDivides(fields, "mamba_n_groups", mixer.groups, mixer.heads);
  mixer.state = readSizeOr(fields, "mamba_d_state", 256);
  mixer.kernel = fields.integerOr("mamba_d_conv", 4, 2, 64);
  mixer.convBias = fields.booleanOr("mamba_conv_bias", true);
  mixer.bias = fields.booleanOr("mamba_proj_bias", false);
  readTimeStepLimit(fields, mixer);
  fields.ignore({"mamba_chunk_size", "num_logits_to_keep", "time_step_min", "time_step_max", "time_step_floor",
                 "time_step_rank"}); // of how the training began
  return mixer;
}

Mamba2 readGgufMamba(Fields &fields, const ModelFile &file, const Stack &stack) {
  Mamba2 mixer;
  mixer.hidden = stack.hidden;
  mixer.epsilon = stack.epsilon;
  int64_t inner = readSize(fields, "ssm.inner_size");
  mixer.heads = fields.integer("ssm.time_step_rank", 1, 65536);
  expectDivides(fields, "ssm.time_step_rank", mixer.heads, inner);
  mixer.headDim = inner / mixer.heads;
  mixer.groups = fields.integerOr("ssm.group_count", 1, 1, 65536);
  expectDivides(fields, "ssm.group_count", mixer.groups, mixer.heads);
  mixer.state = readSize(fields, "ssm.state_size");
  mixer.kernel = fields.integer("ssm.conv_kernel", 2, 64);
  mixer.bias = hasTensor(file, ".ssm_in.bias");
  mixer.outBias = hasTensor(file, ".ssm_out.bias");
  mixer.convBias = hasTensor(file, ".ssm_conv1d.bias");
  mixer.normView = rowsOf(inner, 0, inner); // a row for each group
  return mixer;
}

} // namespace braid::models
