# SPDX-License-Identifier: Apache-2.0
"""The models that are recorded as GGUF files of llama.cpp's converter: sizes that Q8_0 and its loaders take."""

from cases import field, without
from hybrid_cases import (DEEPSEEK, GATED_DELTA, KIMI, QWEN35_ROPE, config, edit, kimiNames, mamba, onlyLastTap,
                          textConfig, underLanguageModel)

VOCABULARY = 304  # a multiple of 16, to which the converter fills up the vocabularies of some families


def sized(*args, **fields):
    return config(*args, **{"hidden_size": 64, "vocab_size": VOCABULARY, **fields})


def draftingLayer(tensors):
    """A block behind the last that guesses a further token, made of layer 3: compilers of the model leave it out."""
    import torch
    rng = torch.Generator().manual_seed(1)
    draft = {name.replace("model.layers.3.", "mtp.layers.0."): tensor.clone() for name, tensor in tensors.items()
             if name.startswith("model.layers.3.")}
    for name in ("norm", "pre_fc_norm_embedding", "pre_fc_norm_hidden"):
        draft[f"mtp.{name}.weight"] = torch.rand(64, generator=rng)
    draft["mtp.fc.weight"] = torch.randn(64, 128, generator=rng)
    return draft


DELTA = dict(num_attention_heads=4, num_key_value_heads=2, head_dim=32, rms_norm_eps=1e-6, linear_num_key_heads=2,
             linear_key_head_dim=32, linear_value_head_dim=32, linear_conv_kernel_dim=4, attention_bias=False,
             attention_dropout=0.0)
DELTA_MOE = dict(num_experts=5, num_experts_per_tok=2, moe_intermediate_size=32, shared_expert_intermediate_size=64,
                 output_router_logits=False, router_aux_loss_coef=0.001)
QWEN35 = dict(rope_parameters={**QWEN35_ROPE, "mrope_section": [2, 1, 1]}, attn_output_gate=True,
              mamba_ssm_dtype="float32")
QWEN35_ABLATIONS = [a for a in GATED_DELTA if "rope_theta" not in a[0]] + [
    without("in_proj_a", 0.0), without("in_proj_b", 0.0), without("in_proj_z", 0.0)]
MAMBA = dict(mamba_n_heads=8, mamba_d_head=16, mamba_n_groups=2, mamba_d_state=32, mamba_d_conv=4, mamba_expand=2,
             mamba_chunk_size=16, mamba_conv_bias=True, mamba_proj_bias=False, attention_bias=False,
             attention_dropout=0.0, num_hidden_layers=4, num_attention_heads=4, num_key_value_heads=2, pad_token_id=0,
             max_position_embeddings=1 << 20)
LATENT = dict(intermediate_size=96, kv_lora_rank=32, qk_nope_head_dim=32, qk_rope_head_dim=16, v_head_dim=64,
              moe_intermediate_size=32)
DEEPSEEK = {**DEEPSEEK, **LATENT, "rms_norm_eps": 1e-6}
del DEEPSEEK["hidden_size"]
GRANITE = dict(position_embedding_type="rope", embedding_multiplier=1.7, rope_theta=10000.0, rope_scaling=None,
               normalization_function="rmsnorm", init_method="mup", router_aux_loss_coef=0.01, output_router_logits=False)
YARN = dict(beta_fast=32, beta_slow=1, factor=8, original_max_position_embeddings=32, type="yarn")

CASES = {
    # Latents' up-projections in halves, the keys' one transposed; one group of experts: files do not say how many.
    "kimi-linear-gguf": dict(
        config=sized("KimiLinearForCausalLM", "kimi_linear", **{
            **{key: value for key, value in KIMI.items() if key != "hidden_size"}, **LATENT, "num_experts": 5,
            "num_expert_group": 1, "num_hidden_layers": 4, "rms_norm_eps": 1e-5,
            "linear_attn_config": {"full_attn_layers": [2, 4], "head_dim": 32, "kda_layers": [1, 3], "num_heads": 3,
                                   "short_conv_kernel_size": 4}}),
        positions=47, rename=kimiNames,
        ablations=[without("A_log", -20.0), without("dt_bias", 0.0), edit("one tap", "conv1d", onlyLastTap),
                   without("e_score_correction_bias", 0.0), without("shared_experts", 0.0),
                   field("routed_scaling_factor", 1.0)]),
    # Softmax router, groups by their best expert, no latent of q; both mscales are one, as files have one alone.
    "deepseek-v2-gguf": dict(
        config=sized("DeepseekV2ForCausalLM", "deepseek_v2", dtypeKey="torch_dtype",
                     **{**DEEPSEEK, "num_attention_heads": 4, "num_key_value_heads": 4}, q_lora_rank=None,
                     n_shared_experts=2, n_group=4, topk_group=2, topk_method="group_limited_greedy",
                     num_experts_per_tok=3, norm_topk_prob=False, routed_scaling_factor=4.0, scoring_func="softmax",
                     aux_loss_alpha=0.001, rope_scaling={**YARN, "mscale": 0.707, "mscale_all_dim": 0.707}),
        positions=49, ablations=[field("topk_group", 4), field("topk_method", "greedy"), field("rope_scaling", None),
                                 field("routed_scaling_factor", 1.0),
                                 field("rope_scaling", {**YARN, "mscale": 1.0, "mscale_all_dim": 1.0})]),
    # Sigmoid router with a correction bias in 2 groups, a latent of q.
    "deepseek-v3-gguf": dict(
        config=sized("DeepseekV3ForCausalLM", "deepseek_v3", dtypeKey="torch_dtype", **DEEPSEEK, q_lora_rank=32,
                     n_shared_experts=1, n_group=2, topk_group=1, topk_method="noaux_tc", num_experts_per_tok=2,
                     norm_topk_prob=True, routed_scaling_factor=2.5, scoring_func="sigmoid",
                     num_nextn_predict_layers=0, rope_scaling={**YARN, "mscale": 1.0, "mscale_all_dim": 1.0}),
        positions=49, ablations=[field("topk_group", 2), field("rope_scaling", None),
                                 without("e_score_correction_bias", 0.0), without("q_a_layernorm", 1.0),
                                 field("routed_scaling_factor", 1.0)]),
    "qwen3-moe-gguf": dict(
        config=sized("Qwen3MoeForCausalLM", "qwen3_moe", dtypeKey="torch_dtype", intermediate_size=96,
                     num_hidden_layers=3, num_attention_heads=6, num_key_value_heads=2, head_dim=32, rms_norm_eps=1e-6,
                     rope_theta=10000.0, rope_scaling=None, attention_bias=False, num_experts=7, num_experts_per_tok=3,
                     moe_intermediate_size=32, norm_topk_prob=True, decoder_sparse_step=1, mlp_only_layers=[],
                     use_sliding_window=False, sliding_window=None, max_window_layers=3, output_router_logits=False,
                     router_aux_loss_coef=0.001, tie_word_embeddings=False),
        positions=45, ablations=[without("q_norm", 1.0), without("k_norm", 1.0), field("norm_topk_prob", False),
                                 field("num_experts_per_tok", 2)]),
    # The converter's F32 with random blocks of these types in turn, where rows split into theirs.
    "qwen3-moe-gguf-k": dict(
        config=sized("Qwen3MoeForCausalLM", "qwen3_moe", dtypeKey="torch_dtype", intermediate_size=64,
                     **{"hidden_size": 256}, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=1,
                     head_dim=32, rms_norm_eps=1e-6, rope_theta=10000.0, rope_scaling=None, attention_bias=False,
                     num_experts=4, num_experts_per_tok=2, moe_intermediate_size=32, norm_topk_prob=True,
                     decoder_sparse_step=1, mlp_only_layers=[], use_sliding_window=False, sliding_window=None,
                     max_window_layers=2, output_router_logits=False, router_aux_loss_coef=0.001,
                     tie_word_embeddings=False),
        positions=31, blocks=["Q4_K", "Q5_K", "Q6_K", "Q5_0", "Q4_1"],
        ablations=[without("q_norm", 1.0), field("norm_topk_prob", False), field("num_experts_per_tok", 1)]),
    # The converter takes q, k, v and z apart and leaves b and a together; 2 value heads a key head, neighbours.
    "qwen3-next-gguf": dict(
        config=sized("Qwen3NextForCausalLM", "qwen3_next", intermediate_size=96, num_hidden_layers=4, **DELTA,
                     **DELTA_MOE, partial_rotary_factor=0.25, rope_theta=10000.0, rope_scaling=None,
                     full_attention_interval=3, linear_num_value_heads=4, norm_topk_prob=True, decoder_sparse_step=1,
                     mlp_only_layers=[], tie_word_embeddings=False),
        positions=47, zeroCentred=True, options=["--no-mtp"],
        ablations=[a for a in GATED_DELTA if "rope_theta" not in a[0]] + [
            without("in_proj_ba", 0.0), field("norm_topk_prob", False), without("shared_expert.down", 0.0),
            without("shared_expert_gate", 0.0), field("partial_rotary_factor", 0.5)]),
    # The converter lays value heads out so that key heads repeat: 3 a key head, each so many apart; a block that drafts.
    "qwen35-gguf": dict(
        config=sized("Qwen3_5ForCausalLM", "qwen3_5_text", intermediate_size=96, num_hidden_layers=4, **DELTA, **QWEN35,
                     linear_num_value_heads=6, full_attention_interval=4, mtp_num_hidden_layers=1,
                     layer_types=["linear_attention"] * 3 + ["full_attention"], tie_word_embeddings=True),
        positions=43, zeroCentred=True, also=draftingLayer, ablations=QWEN35_ABLATIONS),
    # From the published layout; layers in no regular order, gate and up rows of the experts as one tensor.
    "qwen35-moe-gguf": dict(
        config={"architectures": ["Qwen3_5MoeForConditionalGeneration"], "model_type": "qwen3_5_moe",
                "image_token_id": 298, "video_token_id": 299, "vision_start_token_id": 296, "vision_end_token_id": 297,
                "tie_word_embeddings": False,
                "text_config": sized(None, "qwen3_5_moe_text", num_hidden_layers=4, **DELTA, **DELTA_MOE, **QWEN35,
                                     linear_num_value_heads=4, full_attention_interval=4, mtp_num_hidden_layers=0,
                                     layer_types=["linear_attention", "full_attention", "linear_attention",
                                                  "linear_attention"], tie_word_embeddings=False),
                "vision_config": {"model_type": "qwen3_5_moe", "depth": 1, "hidden_size": 16, "num_heads": 2}},
        native=textConfig, disk=underLanguageModel, positions=41, zeroCentred=True,
        options=["--no-mtp", "--fuse-gate-up-exps"],
        ablations=[without("A_log", -20.0), without("shared_expert_gate", 0.0), without("layers.2.mlp.gate", 0.0),
                   without("in_proj_b", 0.0)]),
    "mamba2-gguf": dict(
        config=sized("Mamba2ForCausalLM", "mamba2", num_hidden_layers=3, num_heads=8, head_dim=16, expand=2,
                     state_size=32, n_groups=2, conv_kernel=4, chunk_size=16, use_bias=False, use_conv_bias=True,
                     layer_norm_epsilon=1e-5, rms_norm=True, norm_before_gate=False, residual_in_fp32=True,
                     rescale_prenorm_residual=False, time_step_rank=4, time_step_min=0.001, time_step_max=0.1,
                     time_step_floor=1e-4, time_step_limit=[0.0, float("inf")], tie_word_embeddings=False,
                     rms_norm_eps=..., max_position_embeddings=..., pad_token_id=0),
        positions=53, ablations=mamba("mixer")),
    # Multipliers as metadata; rows of q and k permuted though nothing rotates; experts of a stack taken apart.
    "granite-hybrid-gguf": dict(
        config=sized("GraniteMoeHybridForCausalLM", "granitemoehybrid", **MAMBA, intermediate_size=32,
                     shared_intermediate_size=64, num_local_experts=5, num_experts_per_tok=2,
                     position_embedding_type="nope", layer_types=["mamba", "mamba", "attention", "mamba"],
                     attention_multiplier=0.41, embedding_multiplier=1.7, residual_multiplier=0.63, logits_scaling=0.4,
                     rope_theta=10000.0, rope_scaling=None, normalization_function="rmsnorm", init_method="mup",
                     router_aux_loss_coef=0.01, output_router_logits=False, tie_word_embeddings=True),
        positions=43, ablations=mamba("mamba") + [
            field("attention_multiplier", 16 ** -0.5), field("embedding_multiplier", 1.0),
            field("residual_multiplier", 1.0), field("logits_scaling", 1.0), field("num_experts_per_tok", 3),
            without("shared_mlp.output", 0.0)]),
    # Without experts; the widths of both MLPs are equal, as in what is published.
    "granite-hybrid-dense-gguf": dict(
        config=sized("GraniteMoeHybridForCausalLM", "granitemoehybrid", **{**MAMBA, "num_hidden_layers": 2},
                     intermediate_size=96, shared_intermediate_size=96, num_local_experts=0, num_experts_per_tok=0,
                     position_embedding_type="nope", layer_types=["attention", "mamba"], attention_multiplier=0.85,
                     embedding_multiplier=1.7, residual_multiplier=0.63, logits_scaling=0.4, rope_theta=10000.0,
                     rope_scaling=None, normalization_function="rmsnorm", init_method="mup", router_aux_loss_coef=0.01,
                     output_router_logits=False, tie_word_embeddings=False),
        positions=33, ablations=[field("attention_multiplier", 16 ** -0.5), field("residual_multiplier", 1.0)]),
    # Without Mamba-2 layers the converter calls it granite and granitemoe; all heads rotate whole, q and k permuted.
    "granite-gguf": dict(
        config=sized("GraniteMoeHybridForCausalLM", "granitemoehybrid", **{**MAMBA, "num_hidden_layers": 2}, **GRANITE,
                     intermediate_size=96, shared_intermediate_size=96, num_local_experts=0, num_experts_per_tok=0,
                     layer_types=["attention", "attention"], attention_multiplier=0.85, residual_multiplier=0.63,
                     logits_scaling=0.4, tie_word_embeddings=False),
        positions=37, ablations=[field("position_embedding_type", "nope"), field("attention_multiplier", 16 ** -0.5),
                                 field("residual_multiplier", 1.0), field("rope_theta", 100.0)]),
    "granite-moe-gguf": dict(
        config=sized("GraniteMoeHybridForCausalLM", "granitemoehybrid", **{**MAMBA, "num_hidden_layers": 2}, **GRANITE,
                     intermediate_size=32, shared_intermediate_size=64, num_local_experts=5, num_experts_per_tok=2,
                     layer_types=["attention", "attention"], attention_multiplier=0.85, residual_multiplier=0.63,
                     logits_scaling=0.4, tie_word_embeddings=True),
        positions=39, ablations=[field("position_embedding_type", "nope"), field("num_experts_per_tok", 3),
                                 field("embedding_multiplier", 1.0), without("shared_mlp.output", 0.0)]),
    # Granite 3: no MLP beside the experts.
    "granite3-moe-gguf": dict(
        config=sized("GraniteMoeForCausalLM", "granitemoe", dtypeKey="torch_dtype", num_hidden_layers=2,
                     num_attention_heads=4, num_key_value_heads=2, attention_bias=False, attention_dropout=0.0,
                     intermediate_size=32, num_local_experts=5, num_experts_per_tok=2, rms_norm_eps=1e-5,
                     rope_theta=10000.0, rope_scaling=None, router_aux_loss_coef=0.01, output_router_logits=False,
                     attention_multiplier=0.85, embedding_multiplier=1.7, residual_multiplier=0.63, logits_scaling=0.4,
                     tie_word_embeddings=True),
        positions=35, ablations=[field("num_experts_per_tok", 3), field("logits_scaling", 1.0),
                                 field("attention_multiplier", 16 ** -0.5)]),
}
