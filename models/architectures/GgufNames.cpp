// SPDX-License-Identifier: Apache-2.0
/// \file
/// Names of tensors in GGUF files.
#include "models/architectures/GgufNames.h"

namespace braid::models {

static constexpr FileName shared[] = {
    {"model.embed_tokens", "token_embd"},
    {"model.norm", "output_norm"},
    {"lm_head", "output"},
    {"input_layernorm", "attn_norm"},
    {"post_attention_layernorm", "ffn_norm"},
    // Softmax attention, and over latents. k_b_proj and v_b_proj are the halves of kv_b_proj, the first one transposed.
    {"self_attn.q_proj", "attn_q"},
    {"self_attn.k_proj", "attn_k"},
    {"self_attn.v_proj", "attn_v"},
    {"self_attn.o_proj", "attn_output"},
    {"self_attn.q_norm", "attn_q_norm"},
    {"self_attn.k_norm", "attn_k_norm"},
    {"self_attn.q_a_proj", "attn_q_a"},
    {"self_attn.q_a_layernorm", "attn_q_a_norm"},
    {"self_attn.q_b_proj", "attn_q_b"},
    {"self_attn.kv_a_proj_with_mqa", "attn_kv_a_mqa"},
    {"self_attn.kv_a_layernorm", "attn_kv_a_norm"},
    {"self_attn.kv_b_proj", "attn_kv_b"},
    {"self_attn.k_b_proj", "attn_k_b"},
    {"self_attn.v_b_proj", "attn_v_b"},
    // MLPs and experts; matrices of experts are stacked.
    {"mlp.gate_proj", "ffn_gate"},
    {"mlp.up_proj", "ffn_up"},
    {"mlp.down_proj", "ffn_down"},
    {"mlp.gate", "ffn_gate_inp"},
    {"mlp.gate.e_score_correction_bias", "exp_probs_b.bias"},
    {"mlp.experts.{expert}.gate_proj", "ffn_gate_exps"},
    {"mlp.experts.{expert}.up_proj", "ffn_up_exps"},
    {"mlp.experts.{expert}.down_proj", "ffn_down_exps"},
    {"mlp.experts.gate_up_proj", "ffn_gate_up_exps.weight"},
    {"mlp.experts.down_proj", "ffn_down_exps.weight"},
    {"mlp.shared_experts.gate_proj", "ffn_gate_shexp"},
    {"mlp.shared_experts.up_proj", "ffn_up_shexp"},
    {"mlp.shared_experts.down_proj", "ffn_down_shexp"},
    {"mlp.shared_expert.gate_proj", "ffn_gate_shexp"},
    {"mlp.shared_expert.up_proj", "ffn_up_shexp"},
    {"mlp.shared_expert.down_proj", "ffn_down_shexp"},
    {"mlp.shared_expert_gate", "ffn_gate_inp_shexp"},
};

const llvm::ArrayRef<FileName> ggufTensorNames = shared;

static const FileName *find(llvm::StringRef name, llvm::ArrayRef<llvm::ArrayRef<FileName>> lists) {
  for (llvm::ArrayRef<FileName> list : lists)
    for (const FileName &known : list)
      if (known.name == name)
        return &known;
  return nullptr;
}

std::string fileNameOf(llvm::StringRef name, llvm::ArrayRef<llvm::ArrayRef<FileName>> lists, bool *applied) {
  llvm::StringRef part = name;
  std::string block;
  unsigned layer = 0;
  if (part.consume_front("model.layers.") && !part.consumeInteger(10, layer) && part.consume_front("."))
    block = "blk." + std::to_string(layer) + ".";
  else
    part = name;
  const FileName *found = find(part, lists);
  llvm::StringRef suffix;
  for (llvm::StringRef end : {".weight", ".bias"})
    if (!found && part.ends_with(end)) {
      found = find(part.drop_back(end.size()), lists);
      suffix = end;
    }
  if (found && applied)
    *applied = found->applied;
  if (found)
    return (block + found->inFile + suffix).str();
  return part.empty() && !block.empty() ? block : name.str(); // all of a layer
}

} // namespace braid::models
