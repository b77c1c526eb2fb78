# SPDX-License-Identifier: Apache-2.0
"""The tiny models whose logits are recorded: what each one is, and which of its features must matter.

A case is a config.json with sizes that no kernel likes, a dtype, a number of files and a list of
ablations. An ablation changes the model (a config field, or weights whose names contain a word) and the
recorder refuses a case whose logits do not move by at least 1 % then: a golden that an importer could
match while ignoring the feature would test nothing.
"""

VOCABULARY = 1003

BASE = {"hidden_act": "silu", "initializer_range": 0.02, "max_position_embeddings": 512, "rms_norm_eps": 1e-5,
        "use_cache": True, "vocab_size": VOCABULARY, "bos_token_id": 1, "eos_token_id": 2}


def config(architecture, dtype, dtypeKey="torch_dtype", **fields):
    kind = architecture.removesuffix("ForCausalLM").lower()
    return {"architectures": [architecture], "model_type": kind, dtypeKey: dtype, **BASE, **fields}


def without(word, value=0.0):
    """Ablation: sets every weight whose name contains `word` to `value`."""
    return (f"weights *{word}* = {value}", {}, lambda name, tensor: tensor * 0 + value if word in name else tensor)


def field(name, value):
    """Ablation: another value for a config field."""
    return (f"{name} = {value}", {name: value}, lambda name, tensor: tensor)


HF = {
    # Llama 2: plain rope, separate head, float16, no head_dim in the config; carries the tokenizer files.
    "llama2-f16": dict(
        config=config("LlamaForCausalLM", "float16", hidden_size=144, intermediate_size=200, num_hidden_layers=2,
                      num_attention_heads=9, num_key_value_heads=3, rope_theta=10000.0, rope_scaling=None,
                      tie_word_embeddings=False, attention_bias=False, mlp_bias=False, pretraining_tp=1),
        positions=17, shards=1, tokenizer=True, ablations=[field("rope_theta", 500.0), field("rms_norm_eps", 0.3)]),
    # Llama 3.2: llama3 rope scaling (numbers chosen so that short prompts see it), tied head, bfloat16, 3 shards.
    "llama32-shards-bf16": dict(
        config=config("LlamaForCausalLM", "bfloat16", hidden_size=72, intermediate_size=216, num_hidden_layers=3,
                      num_attention_heads=9, num_key_value_heads=3, head_dim=80, rope_theta=10000.0,
                      rope_scaling={"factor": 8.0, "high_freq_factor": 4.0, "low_freq_factor": 1.0,
                                    "original_max_position_embeddings": 64, "rope_type": "llama3"},
                      tie_word_embeddings=True, attention_bias=False, mlp_bias=False),
        positions=33, shards=3, ablations=[field("rope_scaling", None)]),
    # Biases in every projection, float32.
    "llama-bias": dict(
        config=config("LlamaForCausalLM", "float32", hidden_size=72, intermediate_size=136, num_hidden_layers=2,
                      num_attention_heads=9, num_key_value_heads=3, head_dim=40, rope_theta=10000.0,
                      tie_word_embeddings=False, attention_bias=True, mlp_bias=True),
        positions=17, shards=1,
        ablations=[without(word) for word in ("q_proj.bias", "k_proj.bias", "v_proj.bias", "o_proj.bias",
                                              "gate_proj.bias", "up_proj.bias", "down_proj.bias")]),
    # Qwen2: bias on q, k, v alone; one KV head; a sliding_window that use_sliding_window switches off.
    "qwen2": dict(
        config=config("Qwen2ForCausalLM", "float32", hidden_size=120, intermediate_size=136, num_hidden_layers=2,
                      num_attention_heads=3, num_key_value_heads=1, rope_theta=1000000.0, rms_norm_eps=1e-6,
                      sliding_window=5, use_sliding_window=False, max_window_layers=1, tie_word_embeddings=True),
        positions=17, seed=1, shards=1, ablations=[without(word) for word in ("q_proj.bias", "k_proj.bias", "v_proj.bias")]),
    # Qwen3: RMS norm of each query and key head before rope; config in the spelling of transformers 5.
    "qwen3": dict(
        config=config("Qwen3ForCausalLM", "float32", "dtype", hidden_size=48, intermediate_size=168,
                      num_hidden_layers=2, num_attention_heads=9, num_key_value_heads=3, head_dim=80,
                      rms_norm_eps=1e-6, attention_bias=False, sliding_window=None, use_sliding_window=False,
                      rope_parameters={"rope_theta": 1000000.0, "rope_type": "default"}, max_window_layers=2,
                      tie_word_embeddings=False),
        positions=17, shards=1, ablations=[without("q_norm", 1.0), without("k_norm", 1.0)]),
    # Mistral: a window of 7 under a prompt of 40.
    "mistral": dict(
        config=config("MistralForCausalLM", "float32", hidden_size=56, intermediate_size=104, num_hidden_layers=2,
                      num_attention_heads=9, num_key_value_heads=3, head_dim=80, rope_theta=10000.0,
                      sliding_window=7, tie_word_embeddings=True),
        positions=40, shards=1, ablations=[field("sliding_window", None), field("sliding_window", 6),
                                           field("sliding_window", 8)]),
}

GGUF = {
    # Every type that is not a K type, in every place of a layer; head_dim from attention.key_length.
    "llama-gguf-mixed": dict(
        sizes=dict(hidden=96, inner=224, layers=3, heads=9, kvHeads=3, headDim=64),
        types=["F16", "Q8_0", "Q4_0", "Q4_1", "Q5_0", "Q5_1", "BF16", "Q4_1", "F32"], tied=False, positions=17),
    # K types; the attention output (288 wide) falls back to Q5_0 and Q8_0 as llama.cpp's quantiser does.
    "llama-gguf-k": dict(
        sizes=dict(hidden=256, inner=256, layers=2, heads=9, kvHeads=3, headDim=32),
        types=["Q6_K", "Q4_K", "Q5_K", "Q6_K", "Q4_K"], tied=True, positions=17),
    # Llama 3.2 as converted: the rope scaling is not in the metadata but in the tensor rope_freqs.weight.
    "llama32-gguf": dict(
        sizes=dict(hidden=96, inner=160, layers=2, heads=9, kvHeads=3, headDim=32), types=["Q8_0", "Q4_0"], tied=True,
        positions=33, ropeScaling={"factor": 8.0, "high_freq_factor": 4.0, "low_freq_factor": 1.0,
                                   "original_max_position_embeddings": 64, "rope_type": "llama3"}),
    # Qwen2 and Qwen3: rows are not permuted; bias vectors, QK norms; tensors aligned to 64.
    "qwen2-gguf": dict(
        architecture="qwen2", bias=True, sizes=dict(hidden=96, inner=160, layers=2, heads=3, kvHeads=1, headDim=32),
        types=["Q4_1", "Q8_0"], tied=True, positions=17),
    "qwen3-gguf": dict(
        architecture="qwen3", qkNorm=True, alignment=64,
        sizes=dict(hidden=64, inner=160, layers=2, heads=9, kvHeads=3, headDim=32), types=["Q5_0", "F16", "Q4_0"],
        tied=False, positions=17),
}
