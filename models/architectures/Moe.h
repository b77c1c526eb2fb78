// SPDX-License-Identifier: Apache-2.0
/// \file
/// Experts as the Qwen and DeepSeek lines of checkpoints describe and name them.
#pragma once

#include "models/architectures/Stack.h"

namespace braid::models {

/// Which layers have experts, and how many.
struct MoeLayers {
  std::vector<bool> isSparse; ///< for each layer
  int64_t dense = 0;          ///< width of the other layers' MLP
  int64_t count = 0, chosen = 0, inner = 0, shared = 0;
  bool renormalize = false;
};

/// Notes a fault unless the groups hold as many experts as are chosen, and two each where a pair speaks for a group.
/// `groups` and `chosen` are the fields with their numbers.
void checkGroups(formats::Fields &fields, const Experts &spec, llvm::StringRef groups,
                 llvm::StringRef chosen = "topk_group");

/// num_experts, num_experts_per_tok, moe_intermediate_size, norm_topk_prob, decoder_sparse_step, mlp_only_layers.
MoeLayers readQwenExperts(formats::Fields &fields, int64_t layers, bool normalizes);
/// Experts under `stem`: one by one, or fused as `experts.gate_up_proj` where the file has that.
Experts qwenExperts(Graph &g, const MoeLayers &moe, const std::string &stem, graph::Activation activation);

} // namespace braid::models
