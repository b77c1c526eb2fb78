# SPDX-License-Identifier: Apache-2.0
"""The tiny models of the hybrid and mixture-of-experts families; hybrid.py records them, cases.py has the plain ones.

`config` is written as the published checkpoints spell it. Where transformers reads another spelling, `native` has the
fields it should see instead. `rules` are further weight rules, before hybrid.py's own.
"""

import cases
from cases import field, without

VOCABULARY = 211


def config(architecture, kind, dtype="float32", dtypeKey="dtype", **fields):
    base = {**cases.BASE, "vocab_size": VOCABULARY}
    fields = {"architectures": [architecture] if architecture else ..., "model_type": kind, dtypeKey: dtype, **base, **fields}
    return {name: value for name, value in fields.items() if value is not ...}


def edit(what, word, change):
    """Ablation: `change` applied to every weight whose name contains `word`."""
    return (what, {}, lambda name, tensor: change(tensor) if word in name else tensor)


def patched(what, patch):
    """Ablation: the model after `patch(model)`."""
    return (what, {}, lambda name, tensor: tensor, patch)


def onlyLastTap(tensor):
    tensor = tensor.clone()
    tensor[..., :-1] = 0
    return tensor


def biasIntoWeights(model):
    """The released remote code of Kimi Linear weighs experts by the biased scores; README.md tells why."""
    import torch
    for module in model.modules():
        if type(module).__name__ == "KimiLinearTopkRouter":
            def forward(x, self=module):
                logits = torch.nn.functional.linear(x.reshape(-1, self.hidden_dim), self.weight)
                scores = logits.sigmoid() + self.e_score_correction_bias
                groups = scores.view(len(scores), self.num_group, -1)
                best = groups.topk(2, dim=-1)[0].sum(-1).topk(self.topk_group, dim=-1)[1]
                kept = torch.zeros(groups.shape[:2]).scatter(1, best, 1).bool().unsqueeze(-1).expand_as(groups)
                choice = scores.masked_fill(~kept.reshape(scores.shape), float("-inf"))
                index = choice.topk(self.top_k, dim=-1)[1]
                weight = scores.gather(1, index)
                return logits, weight / (weight.sum(-1, keepdim=True) + 1e-20) * self.routed_scaling_factor, index
            module.forward = forward


def latentEpsilon(value):
    def patch(model):
        for name, module in model.named_modules():
            if name.endswith("kv_a_layernorm"):
                module.variance_epsilon = value
    return patch


def partialRotary(model):
    """MiniMax-Text-01 rotates the first rotary_dim features of a head; transformers' class rotates them all."""
    import sys
    import torch
    dims, theta = model.config.rotary_dim, model.config.rope_parameters["rope_theta"]
    rotary = model.model.rotary_emb
    rotary.inv_freq = 1.0 / (theta ** (torch.arange(0, dims, 2, dtype=torch.float) / dims))
    rotary.original_inv_freq = rotary.inv_freq.clone()
    module = sys.modules[type(rotary).__module__]

    def rotate(x, cos, sin):
        turning, rest = x[..., :cos.shape[-1]], x[..., cos.shape[-1]:]
        return torch.cat([turning * cos + module.rotate_half(turning) * sin, rest], -1)

    module.apply_rotary_pos_emb = lambda q, k, cos, sin, **_: (rotate(q, cos.unsqueeze(1), sin.unsqueeze(1)),
                                                               rotate(k, cos.unsqueeze(1), sin.unsqueeze(1)))


def minimaxNative(fields):
    renamed = {"layernorm_full_attention_alpha": "full_attn_alpha_factor",
               "layernorm_full_attention_beta": "full_attn_beta_factor",
               "layernorm_linear_attention_alpha": "linear_attn_alpha_factor",
               "layernorm_linear_attention_beta": "linear_attn_beta_factor",
               "layernorm_mlp_alpha": "mlp_alpha_factor", "layernorm_mlp_beta": "mlp_beta_factor"}
    native = {renamed.get(name, name): value for name, value in fields.items()}
    kinds = {0: "linear_attention", 1: "full_attention"}
    native.update(model_type="minimax", layer_types=[kinds[kind] for kind in native.pop("attn_type_list")])
    return native


def textConfig(fields):
    return fields["text_config"]


def underLanguageModel(weights):
    """The layout of the published image-and-text checkpoints: other towers, which a text model skips, and fused experts."""
    import torch
    renamed = {name.replace("model.", "model.language_model.", 1): tensor for name, tensor in weights.items()}
    renamed["model.visual.patch_embed.proj.bias"] = torch.zeros(16)
    renamed["mtp.fc.weight"] = torch.zeros(8, 16)
    return renamed


GATED_DELTA = [without("A_log", -20.0), without("dt_bias", 0.0), edit("one tap", "conv1d", onlyLastTap),
               without("linear_attn.norm", 1.0), without("q_norm", 0.0), without("k_norm", 0.0),
               without("layers.1.input_layernorm", 0.0), without("model.norm", 0.0), field("rope_theta", 37.0)]
QWEN35_ROPE = {"mrope_interleaved": True, "mrope_section": [2, 2, 1], "partial_rotary_factor": 0.25,
               "rope_theta": 10000.0, "rope_type": "default"}


def kimiNames(name):
    """transformers takes a dense layer for one of experts when it writes; published files have mlp.*_proj."""
    dense = [".block_sparse_moe." + part for part in ("gate_proj", "up_proj", "down_proj")]
    return name.replace(".block_sparse_moe.", ".mlp.") if any(part in name for part in dense) else name


KIMI = dict(hidden_size=48, intermediate_size=88, num_hidden_layers=5, num_attention_heads=3, num_key_value_heads=3,
            head_dim=16, q_lora_rank=None, kv_lora_rank=32, qk_nope_head_dim=16, qk_rope_head_dim=8, v_head_dim=24,
            mla_use_nope=True, rope_theta=10000.0, rope_scaling=None, num_experts=8, num_experts_per_token=3,
            num_shared_experts=1, moe_intermediate_size=20, moe_router_activation_func="sigmoid",
            moe_renormalize=True, routed_scaling_factor=2.446, use_grouped_topk=True, num_expert_group=2,
            topk_group=1, first_k_dense_replace=1, moe_layer_freq=1, num_nextn_predict_layers=0,
            model_max_length=1024, max_position_embeddings=..., tie_word_embeddings=False, pad_token_id=0,
            linear_attn_config={"full_attn_layers": [3, 5], "head_dim": 24, "kda_layers": [1, 2, 4], "num_heads": 3,
                                "short_conv_kernel_size": 4})
DEEPSEEK = dict(hidden_size=48, intermediate_size=72, num_hidden_layers=3, num_attention_heads=3,
                num_key_value_heads=3, kv_lora_rank=32, qk_nope_head_dim=16, qk_rope_head_dim=8, v_head_dim=24,
                n_routed_experts=8, moe_intermediate_size=20, moe_layer_freq=1, first_k_dense_replace=1,
                attention_bias=False, tie_word_embeddings=False, rope_theta=10000.0, ep_size=1, seq_aux=True)
MAMBA_WORDS = [without("A_log", -20.0), without("dt_bias", 0.0), without("mixer.D", 0.0), without("mamba.D", 0.0),
               edit("one tap", "conv1d.weight", onlyLastTap), without("conv1d.bias", 0.0),
               without("mixer.norm", 1.0), without("mamba.norm", 1.0)]


def mamba(*words):
    return [a for a in MAMBA_WORDS if any(word in a[0] for word in (*words, "A_log", "dt_bias", "one tap", "conv1d"))]


CASES = {
    # KDA and MLA without rope, 3 : 2 and thus an odd tail; MoE of 2 groups after one dense layer; bfloat16 but gates.
    "kimi-linear": dict(
        config=config("KimiLinearForCausalLM", "kimi_linear", "bfloat16", **KIMI), positions=70,
        rules=[("kv_a_proj_with_mqa", lambda rng, shape: smallLatent(rng, shape, 32))],
        rename=kimiNames, also={"kimi-linear-biased-router": biasIntoWeights},
        ablations=[without("A_log", -20.0), without("dt_bias", 0.0), edit("one tap", "conv1d", onlyLastTap),
                   without("f_b_proj", 0.0), without("b_proj", 0.0), without("g_b_proj", 0.0), without("o_norm", 1.0),
                   without("kv_a_layernorm", 1.0), without("e_score_correction_bias", 0.0),
                   without("shared_experts", 0.0), field("routed_scaling_factor", 1.0), field("moe_renormalize", False),
                   field("topk_group", 2), patched("biased expert weights", biasIntoWeights),
                   patched("epsilon 1e-5 in kv_a_layernorm", latentEpsilon(1e-5))]),
    # Gated DeltaNet with 2 value heads a key head and K < V, gated attention with a quarter of the head rotating.
    "qwen3-next": dict(
        config=config("Qwen3NextForCausalLM", "qwen3_next", dtypeKey="torch_dtype", hidden_size=48,
                      intermediate_size=72, num_hidden_layers=5, num_attention_heads=4, num_key_value_heads=2,
                      head_dim=40, partial_rotary_factor=0.25, rope_theta=10000.0, rope_scaling=None,
                      rms_norm_eps=1e-6, full_attention_interval=4, linear_num_key_heads=2, linear_num_value_heads=4,
                      linear_key_head_dim=16, linear_value_head_dim=24, linear_conv_kernel_dim=4, num_experts=6,
                      num_experts_per_tok=2, moe_intermediate_size=20, shared_expert_intermediate_size=28,
                      norm_topk_prob=True, decoder_sparse_step=1, mlp_only_layers=[1], attention_bias=False,
                      attention_dropout=0.0, output_router_logits=False, router_aux_loss_coef=0.001,
                      tie_word_embeddings=False),
        positions=67, zeroCentred=True,
        ablations=GATED_DELTA + [without("in_proj_ba", 0.0), field("norm_topk_prob", False),
                                 without("shared_expert.down", 0.0), without("shared_expert_gate", 0.0),
                                 field("partial_rotary_factor", 0.5)]),
    # Qwen3.5's text model alone: plain projections, 3 value heads a key head, dense MLP, tied head.
    "qwen35": dict(
        config=config("Qwen3_5ForCausalLM", "qwen3_5_text", hidden_size=56, intermediate_size=72, num_hidden_layers=5,
                      num_attention_heads=4, num_key_value_heads=2, head_dim=40, rms_norm_eps=1e-6,
                      rope_parameters=QWEN35_ROPE, full_attention_interval=4, linear_num_key_heads=2,
                      linear_num_value_heads=6, linear_key_head_dim=24, linear_value_head_dim=16,
                      linear_conv_kernel_dim=4, attention_bias=False, attention_dropout=0.0, attn_output_gate=True,
                      mtp_num_hidden_layers=0, mamba_ssm_dtype="float32", tie_word_embeddings=True,
                      layer_types=["linear_attention"] * 3 + ["full_attention", "linear_attention"]),
        positions=50, zeroCentred=True,
        ablations=[a for a in GATED_DELTA if "rope_theta" not in a[0]] +
                  [without("in_proj_a", 0.0), without("in_proj_b", 0.0),
                   field("rope_parameters", {**QWEN35_ROPE, "rope_theta": 37.0})]),
    # Qwen3.5 MoE as published: nested text_config, model.language_model, fused experts, an image tower to be skipped.
    "qwen35-moe": dict(
        config={"architectures": ["Qwen3_5MoeForConditionalGeneration"], "model_type": "qwen3_5_moe",
                "image_token_id": 208, "video_token_id": 209, "vision_start_token_id": 206, "vision_end_token_id": 207,
                "tie_word_embeddings": False, "transformers_version": "4.57.0.dev0",
                "text_config": config(
                    None, "qwen3_5_moe_text", hidden_size=48, num_hidden_layers=4, num_attention_heads=4,
                    num_key_value_heads=2, head_dim=24, rms_norm_eps=1e-6,
                    rope_parameters={**QWEN35_ROPE, "mrope_section": [1, 1, 1]},
                    full_attention_interval=3, linear_num_key_heads=3, linear_num_value_heads=3,
                    linear_key_head_dim=16, linear_value_head_dim=16, linear_conv_kernel_dim=4, num_experts=6,
                    num_experts_per_tok=2, moe_intermediate_size=20, shared_expert_intermediate_size=28,
                    attention_bias=False, attention_dropout=0.0, attn_output_gate=True, output_router_logits=False,
                    router_aux_loss_coef=0.001, mtp_num_hidden_layers=0, mamba_ssm_dtype="float32",
                    layer_types=["linear_attention", "linear_attention", "full_attention", "linear_attention"]),
                "vision_config": {"model_type": "qwen3_5_moe", "depth": 1, "hidden_size": 16, "num_heads": 2}},
        native=textConfig, disk=underLanguageModel, positions=41, zeroCentred=True,
        ablations=[without("A_log", -20.0), without("shared_expert_gate", 0.0), without("layers.2.mlp.gate", 0.0),
                   without("in_proj_b", 0.0)]),
    # Qwen3-MoE, the architecture of Qwen3-30B-A3B and Tongyi DeepResearch; one dense layer between.
    "qwen3-moe": dict(
        config=config("Qwen3MoeForCausalLM", "qwen3_moe", "bfloat16", "torch_dtype", hidden_size=56,
                      intermediate_size=88, num_hidden_layers=3, num_attention_heads=6, num_key_value_heads=2,
                      head_dim=24, rms_norm_eps=1e-6, rope_theta=10000.0, rope_scaling=None, attention_bias=False,
                      num_experts=7, num_experts_per_tok=3, moe_intermediate_size=24, norm_topk_prob=True,
                      decoder_sparse_step=1, mlp_only_layers=[1], use_sliding_window=False, sliding_window=None,
                      max_window_layers=3, output_router_logits=False, router_aux_loss_coef=0.001,
                      tie_word_embeddings=False),
        positions=45, ablations=[without("q_norm", 1.0), without("k_norm", 1.0), field("norm_topk_prob", False),
                                 field("num_experts_per_tok", 2)]),
    # DeepSeek-V2: q without a latent, greedy groups by their best expert, yarn whose mscale is not mscale_all_dim.
    "deepseek-v2": dict(
        config=config("DeepseekV2ForCausalLM", "deepseek_v2", dtypeKey="torch_dtype", **DEEPSEEK, q_lora_rank=None,
                      n_shared_experts=2, n_group=4, topk_group=2, topk_method="group_limited_greedy",
                      num_experts_per_tok=3, norm_topk_prob=False, routed_scaling_factor=4.0, scoring_func="softmax",
                      aux_loss_alpha=0.001, rms_norm_eps=1e-6,
                      rope_scaling={"beta_fast": 32, "beta_slow": 1, "factor": 8, "mscale": 0.707,
                                    "mscale_all_dim": 1.1, "original_max_position_embeddings": 32, "type": "yarn"}),
        positions=49, ablations=[field("topk_group", 4), field("topk_method", "greedy"),
                                 field("routed_scaling_factor", 1.0), without("shared_experts", 0.0),
                                 field("rope_scaling", None), without("kv_a_layernorm", 1.0)] +
                                [field("rope_scaling", {"beta_fast": 32, "beta_slow": 1, "factor": 8, "mscale": one,
                                                        "mscale_all_dim": all, "type": "yarn",
                                                        "original_max_position_embeddings": 32})
                                 for one, all in ((0.707, 0.707), (1.1, 1.1), (0.0, 0.0))]),
    # DeepSeek-V3: q through a latent, sigmoid router with a correction bias in 2 groups, interleaved rope with yarn.
    "deepseek-v3": dict(
        config=config("DeepseekV3ForCausalLM", "deepseek_v3", dtypeKey="torch_dtype", **DEEPSEEK, q_lora_rank=20,
                      n_shared_experts=1, n_group=2, topk_group=1, topk_method="noaux_tc", num_experts_per_tok=2,
                      norm_topk_prob=True, routed_scaling_factor=2.5, scoring_func="sigmoid", rms_norm_eps=1e-6,
                      num_nextn_predict_layers=0,
                      rope_scaling={"beta_fast": 32, "beta_slow": 1, "factor": 8, "mscale": 1.0, "mscale_all_dim": 1.0,
                                    "original_max_position_embeddings": 32, "type": "yarn"}),
        positions=49, ablations=[field("topk_group", 2), field("norm_topk_prob", False),
                                 field("routed_scaling_factor", 1.0), without("shared_experts", 0.0),
                                 without("e_score_correction_bias", 0.0), field("rope_scaling", None),
                                 without("q_a_layernorm", 1.0), without("kv_a_layernorm", 1.0),
                                 field("rope_interleave", False)]),
    # Mamba-2: state wider than the head, 2 groups, biases, a time step limit that bites.
    "mamba2": dict(
        config=config("Mamba2ForCausalLM", "mamba2", dtypeKey="torch_dtype", hidden_size=40, num_hidden_layers=3,
                      num_heads=10, head_dim=8, expand=2, state_size=24, n_groups=2, conv_kernel=4, chunk_size=16,
                      use_bias=True, use_conv_bias=True, layer_norm_epsilon=1e-5, rms_norm=True, norm_before_gate=False,
                      residual_in_fp32=True, rescale_prenorm_residual=False, time_step_rank=3, time_step_min=0.001,
                      time_step_max=0.1, time_step_floor=1e-4, time_step_limit=[0.2, 1.0], tie_word_embeddings=False,
                      rms_norm_eps=..., max_position_embeddings=..., pad_token_id=0),
        positions=53, ablations=mamba("mixer") + [without("in_proj.bias", 0.0), without("out_proj.bias", 0.0),
                                                  field("time_step_limit", [0.0, float("inf")])]),
    # Bamba: Mamba-2 with one attention layer, of which half a head rotates; the limit is spelled Infinity.
    "bamba": dict(
        config=config("BambaForCausalLM", "bamba", "bfloat16", "torch_dtype", hidden_size=48, intermediate_size=72,
                      num_hidden_layers=4, num_attention_heads=4, num_key_value_heads=2, attn_layer_indices=[1],
                      attn_rotary_emb=6, rope_theta=10000.0, rope_scaling=None, mamba_n_heads=6, mamba_d_head="auto",
                      mamba_n_groups=1, mamba_d_state=24, mamba_d_conv=4, mamba_expand=2, mamba_chunk_size=16,
                      mamba_conv_bias=True, mamba_proj_bias=False, attention_bias=False, attention_dropout=0.0,
                      mlp_bias=False, num_logits_to_keep=1, time_step_limit=[0.0, float("inf")],
                      tie_word_embeddings=False, pad_token_id=0),
        positions=43, ablations=mamba("mamba") + [field("rope_theta", 37.0), without("pre_ff_layernorm", 1.0)]),
    # Granite 4.0 H: multipliers everywhere, no position in attention, fused experts and a shared MLP.
    "granite-hybrid": dict(
        config=config("GraniteMoeHybridForCausalLM", "granitemoehybrid", "bfloat16", hidden_size=48,
                      intermediate_size=20, shared_intermediate_size=28, num_hidden_layers=4, num_attention_heads=4,
                      num_key_value_heads=2, num_local_experts=6, num_experts_per_tok=3, position_embedding_type="nope",
                      layer_types=["mamba", "mamba", "attention", "mamba"], attention_multiplier=0.41,
                      embedding_multiplier=1.7, residual_multiplier=0.63, logits_scaling=0.4, rope_theta=10000.0,
                      rope_scaling=None, mamba_n_heads=6, mamba_d_head=16, mamba_n_groups=2, mamba_d_state=24,
                      mamba_d_conv=4, mamba_expand=2, mamba_chunk_size=16, mamba_conv_bias=True, mamba_proj_bias=False,
                      attention_bias=False, attention_dropout=0.0, normalization_function="rmsnorm", init_method="mup",
                      router_aux_loss_coef=0.01, output_router_logits=False, tie_word_embeddings=True, pad_token_id=0),
        positions=43, ablations=mamba("mamba") + [
            field("attention_multiplier", 48 ** -0.5), field("embedding_multiplier", 1.0),
            field("residual_multiplier", 1.0), field("logits_scaling", 1.0), field("position_embedding_type", "rope"),
            field("num_experts_per_tok", 2), without("shared_mlp.output", 0.0)]),
    # Granite 4.0 H without experts and with rope.
    "granite-hybrid-dense": dict(
        config=config("GraniteMoeHybridForCausalLM", "granitemoehybrid", "bfloat16", hidden_size=48,
                      intermediate_size=20, shared_intermediate_size=72, num_hidden_layers=2, num_attention_heads=4,
                      num_key_value_heads=2, num_local_experts=0, num_experts_per_tok=0, position_embedding_type="rope",
                      layer_types=["attention", "mamba"], attention_multiplier=0.85, embedding_multiplier=1.7,
                      residual_multiplier=0.63, logits_scaling=0.4, rope_theta=10000.0, rope_scaling=None,
                      mamba_n_heads=3, mamba_d_head=32, mamba_n_groups=1, mamba_d_state=16, mamba_d_conv=4,
                      mamba_expand=2, mamba_chunk_size=16, mamba_conv_bias=True, mamba_proj_bias=False,
                      attention_bias=False, attention_dropout=0.0, normalization_function="rmsnorm", init_method="mup",
                      router_aux_loss_coef=0.01, output_router_logits=False, tie_word_embeddings=False, pad_token_id=0),
        positions=33, ablations=[field("position_embedding_type", "nope"), field("attention_multiplier", 12 ** -0.5)]),
    # Nemotron-H: one mixer a layer, of all four kinds; gated norm in groups, squared ReLU, router in 2 groups.
    "nemotron-h": dict(
        config=config("NemotronHForCausalLM", "nemotron_h", "bfloat16", "torch_dtype", hidden_size=48,
                      intermediate_size=72, num_hidden_layers=6, hybrid_override_pattern="M-M*EM", head_dim=24,
                      num_attention_heads=4, num_key_value_heads=2, attention_bias=False, attention_dropout=0.0,
                      mamba_num_heads=6, mamba_head_dim=16, n_groups=3, ssm_state_size=24, conv_kernel=4, expand=2,
                      chunk_size=16, mamba_hidden_act="silu", mamba_proj_bias=False, use_bias=False, use_conv_bias=True,
                      mlp_hidden_act="relu2", mlp_bias=False, n_routed_experts=8, n_shared_experts=1,
                      num_experts_per_tok=3, moe_intermediate_size=20, moe_shared_expert_intermediate_size=28,
                      n_group=2, topk_group=1, norm_topk_prob=True, routed_scaling_factor=2.5, norm_eps=1e-5,
                      layer_norm_epsilon=1e-5, residual_in_fp32=False, rescale_prenorm_residual=True,
                      time_step_min=0.001, time_step_max=0.1, time_step_floor=1e-4,
                      time_step_limit=[0.0, float("inf")], use_mamba_kernels=True, num_logits_to_keep=1,
                      hidden_dropout=0.0, sliding_window=None, tie_word_embeddings=False, hidden_act=...,
                      rms_norm_eps=..., pad_token_id=0),
        positions=47, ablations=mamba("mixer") + [
            without("e_score_correction_bias", 0.0), without("shared_experts.down", 0.0), field("topk_group", 2),
            field("routed_scaling_factor", 1.0), field("norm_topk_prob", False)]),
    # Nemotron-H with experts on a narrower projection of the stream, and layers named in a list.
    "nemotron-h-latent": dict(
        config=config("NemotronHForCausalLM", "nemotron_h", "bfloat16", "torch_dtype", hidden_size=48,
                      intermediate_size=72, num_hidden_layers=4, layers_block_type=["mamba", "moe", "attention", "moe"],
                      head_dim=24, num_attention_heads=4, num_key_value_heads=2, attention_bias=False,
                      attention_dropout=0.0, mamba_num_heads=6, mamba_head_dim=16, n_groups=3, ssm_state_size=24,
                      conv_kernel=4, expand=2, chunk_size=16, mamba_hidden_act="silu", mamba_proj_bias=False,
                      use_bias=False, use_conv_bias=True, mlp_hidden_act="relu2", mlp_bias=False, n_routed_experts=8,
                      n_shared_experts=1, num_experts_per_tok=3, moe_intermediate_size=20,
                      moe_shared_expert_intermediate_size=28, moe_latent_size=32, n_group=1, topk_group=1,
                      norm_topk_prob=True, routed_scaling_factor=2.5, norm_eps=1e-5, layer_norm_epsilon=1e-5,
                      residual_in_fp32=False, rescale_prenorm_residual=True, time_step_min=0.001, time_step_max=0.1,
                      time_step_floor=1e-4, time_step_limit=[0.0, float("inf")], use_mamba_kernels=True,
                      num_logits_to_keep=1, hidden_dropout=0.0, sliding_window=None, tie_word_embeddings=False,
                      hidden_act=..., rms_norm_eps=..., pad_token_id=0),
        positions=35, ablations=[without("fc2_latent_proj", 0.0), without("shared_experts.down", 0.0)]),
    # Falcon-H1: attention and Mamba-2 side by side, a multiplier on everything; d_ssm is not expand * hidden; no norm.
    "falcon-h1": dict(
        config=config("FalconH1ForCausalLM", "falcon_h1", "bfloat16", "torch_dtype", hidden_size=48,
                      intermediate_size=72, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2,
                      head_dim=24, rope_theta=10000.0, rope_scaling=None, mamba_d_ssm=64, mamba_n_heads=4,
                      mamba_d_head=16, mamba_n_groups=1, mamba_d_state=24, mamba_d_conv=4, mamba_expand=2,
                      mamba_chunk_size=16, mamba_conv_bias=True, mamba_proj_bias=False, mamba_rms_norm=False,
                      mamba_norm_before_gate=False, mamba_use_mlp=True, mlp_expansion_factor=8, projectors_bias=False,
                      attention_bias=False, attention_dropout=0.0, attn_layer_indices=None, mlp_bias=False,
                      num_logits_to_keep=1, attention_in_multiplier=1.3, attention_out_multiplier=0.7,
                      key_multiplier=0.6, embedding_multiplier=1.7, lm_head_multiplier=0.8, mlp_multipliers=[0.8, 1.2],
                      ssm_in_multiplier=1.25, ssm_multipliers=[0.7, 1.3, 0.6, 1.4, 0.9], ssm_out_multiplier=0.8,
                      time_step_limit=[0.0, float("inf")], tie_word_embeddings=False, pad_token_id=0),
        positions=41, ablations=mamba("mamba.D") + [
            field(name, 1.0) for name in ("attention_in_multiplier", "attention_out_multiplier", "key_multiplier",
                                          "embedding_multiplier", "lm_head_multiplier", "ssm_in_multiplier",
                                          "ssm_out_multiplier")] + [
            field("mlp_multipliers", [1.0, 1.2]), field("mlp_multipliers", [0.8, 1.0])] + [
            field("ssm_multipliers", [1.0 if i == j else one for j, one in enumerate([0.7, 1.3, 0.6, 1.4, 0.9])])
            for i in range(5)]),
    # Falcon-H1 with its gated norm, of 2 groups, gate first; biases in every projection, tied head.
    "falcon-h1-norm": dict(
        config=config("FalconH1ForCausalLM", "falcon_h1", "bfloat16", "torch_dtype", hidden_size=40,
                      intermediate_size=56, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2,
                      head_dim=16, rope_theta=10000.0, rope_scaling=None, mamba_d_ssm=96, mamba_n_heads=6,
                      mamba_d_head=16, mamba_n_groups=2, mamba_d_state=16, mamba_d_conv=4, mamba_expand=2,
                      mamba_chunk_size=16, mamba_conv_bias=True, mamba_proj_bias=True, mamba_rms_norm=True,
                      mamba_norm_before_gate=False, mamba_use_mlp=True, mlp_expansion_factor=8, projectors_bias=True,
                      attention_bias=True, attention_dropout=0.0, attn_layer_indices=None, mlp_bias=True,
                      num_logits_to_keep=1, attention_in_multiplier=1.0, attention_out_multiplier=0.7,
                      key_multiplier=0.6, embedding_multiplier=1.7, lm_head_multiplier=0.8, mlp_multipliers=[0.8, 1.2],
                      ssm_in_multiplier=1.25, ssm_multipliers=[0.7, 1.3, 0.6, 1.4, 0.9], ssm_out_multiplier=0.8,
                      time_step_limit=[0.0, float("inf")], tie_word_embeddings=True, pad_token_id=0),
        positions=33, ablations=[without("mamba.norm", 1.0), field("mamba_norm_before_gate", True)] +
                                [without(word + ".bias", 0.0) for word in (
                                    "in_proj", "mamba.out_proj", "q_proj", "k_proj", "v_proj", "o_proj", "gate_proj",
                                    "up_proj", "down_proj")]),
    # MiniMax-Text-01 as published (its fields, half of the head rotating), lightning attention 3 : 1 with an odd tail.
    "minimax": dict(
        config=config("MiniMaxText01ForCausalLM", "minimax_text_01", dtypeKey="torch_dtype", hidden_size=48,
                      intermediate_size=20, num_hidden_layers=4, num_attention_heads=4, num_key_value_heads=2,
                      head_dim=24, rotary_dim=12, rope_theta=10000.0, attn_type_list=[0, 0, 1, 0],
                      num_local_experts=5, num_experts_per_tok=2, layernorm_full_attention_alpha=1.7,
                      layernorm_full_attention_beta=1.1, layernorm_linear_attention_alpha=1.3,
                      layernorm_linear_attention_beta=0.9, layernorm_mlp_alpha=1.5, layernorm_mlp_beta=0.8,
                      postnorm=True, shared_intermediate_size=0, shared_moe_mode="sigmoid", attention_dropout=0.0,
                      output_router_logits=False, router_aux_loss_coef=0.001, router_jitter_noise=0.0,
                      sliding_window=None, tie_word_embeddings=False),
        native=minimaxNative, patch=partialRotary, positions=44, drop=("_decay", "slope_rate"),
        ablations=[field("rotary_dim", 24), without("output_gate", 0.0), without("self_attn.norm", 1.0)] + [
            field(name, 1.0) for name in ("layernorm_full_attention_alpha", "layernorm_full_attention_beta",
                                          "layernorm_linear_attention_alpha", "layernorm_linear_attention_beta",
                                          "layernorm_mlp_alpha", "layernorm_mlp_beta")]),
    # LFM2: short convolutions of 3 taps between two gates, no activation; the width of the MLP is computed.
    "lfm2": dict(
        config=config("Lfm2ForCausalLM", "lfm2", dtypeKey="torch_dtype", hidden_size=48, num_hidden_layers=4,
                      num_attention_heads=4, num_key_value_heads=2, num_heads=4, full_attn_idxs=[1, 3], conv_L_cache=3,
                      conv_bias=False, conv_dim=48, conv_dim_out=48, conv_use_xavier_init=True, block_dim=48,
                      block_ff_dim=134, block_auto_adjust_ff_dim=True, block_multiple_of=16,
                      block_ffn_dim_multiplier=1.0, block_mlp_init_scale=1.0, block_norm_eps=1e-5,
                      block_out_init_scale=1.0, block_use_swiglu=True, block_use_xavier_init=True, norm_eps=1e-5,
                      use_pos_enc=True, rope_theta=1000000.0, tie_embedding=True, rms_norm_eps=..., hidden_act=...,
                      pad_token_id=0),
        positions=39, ablations=[edit("one tap", "conv.conv", onlyLastTap), without("q_layernorm", 1.0),
                                 without("k_layernorm", 1.0), without("embedding_norm", 1.0), field("rope_theta", 10.0),
                                 edit("B and x exchanged with C", "conv.in_proj", lambda t: t.roll(t.shape[0] // 3, 0))]),
}


def smallLatent(rng, shape, rank):
    """Latents of about 4e-3, so that the epsilon of their norm is seen."""
    values = rng.normal(0, 1.5 / shape[-1] ** 0.5, shape)
    values[:rank] *= 4e-3
    return values
