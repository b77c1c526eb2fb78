# SPDX-License-Identifier: Apache-2.0
"""Llama-architecture GGUF files: writes tiny random ones, reads any as a transformers config and float32 weights."""

import torch

import ggml_blocks
import gguf_file
import tiny_tokenizer

# GGUF name of a layer's matrix: its name in transformers.
MATRICES = {"attn_q": "self_attn.q_proj", "attn_k": "self_attn.k_proj", "attn_v": "self_attn.v_proj",
            "attn_output": "self_attn.o_proj", "ffn_gate": "mlp.gate_proj", "ffn_up": "mlp.up_proj",
            "ffn_down": "mlp.down_proj"}
NORMS = {"attn_norm": "input_layernorm", "ffn_norm": "post_attention_layernorm"}
# What llama.cpp's quantiser writes for rows that do not split into blocks of 256.
FALLBACK = {"Q4_K": "Q5_0", "Q5_K": "Q5_1", "Q6_K": "Q8_0"}


def unpermuteRows(weight, heads):
    """Rows from the interleaved-pair order of llama-architecture files to the half-rotation order of transformers."""
    rows = weight.shape[0]
    return weight.reshape(heads, rows // heads // 2, 2, -1).swapaxes(1, 2).reshape(weight.shape)


def tinyTensors(sizes, types, tied, vocabulary, rng):
    hidden, inner, layers, heads, kvHeads, headDim = (
        sizes[key] for key in ("hidden", "inner", "layers", "heads", "kvHeads", "headDim"))
    shapes = {"attn_q": (heads * headDim, hidden), "attn_k": (kvHeads * headDim, hidden),
              "attn_v": (kvHeads * headDim, hidden), "attn_output": (hidden, heads * headDim),
              "ffn_gate": (inner, hidden), "ffn_up": (inner, hidden), "ffn_down": (hidden, inner)}
    turn = 0

    def matrix(name, shape, spread):
        nonlocal turn
        kind = types[turn % len(types)]
        turn += 1
        if shape[-1] % ggml_blocks.TYPES[kind][1]:
            kind = FALLBACK[kind]
        return (name + ".weight", ggml_blocks.TYPES[kind][0], shape, ggml_blocks.randomBlocks(kind, shape, spread, rng))

    def norm(name):
        return (name + ".weight", 0, (hidden,), rng.uniform(0.5, 1.5, hidden).astype("float32").tobytes())

    tensors = [matrix("token_embd", (vocabulary, hidden), 1.5 / hidden ** 0.5 if tied else 1.0)]
    for layer in range(layers):
        tensors += [norm(f"blk.{layer}.{name}") for name in NORMS]
        for name, shape in shapes.items():
            gain = 1.5 if name in ("attn_q", "attn_k") else 1.0
            tensors.append(matrix(f"blk.{layer}.{name}", shape, gain / shape[-1] ** 0.5))
    tensors.append(norm("output_norm"))
    if not tied:
        tensors.append(matrix("output", (vocabulary, hidden), 1.0 / hidden ** 0.5))
    return tensors


def writeTiny(path, case, vocabulary, rng):
    sizes = case["sizes"]
    metadata = [("general.architecture", "str", "llama"), ("general.type", "str", "model"),
                ("general.name", "str", path.parent.name), ("general.file_type", "u32", 0),
                ("general.alignment", "u32", gguf_file.ALIGNMENT), ("general.quantization_version", "u32", 2),
                ("llama.block_count", "u32", sizes["layers"]), ("llama.context_length", "u32", 512),
                ("llama.embedding_length", "u32", sizes["hidden"]),
                ("llama.feed_forward_length", "u32", sizes["inner"]),
                ("llama.attention.head_count", "u32", sizes["heads"]),
                ("llama.attention.head_count_kv", "u32", sizes["kvHeads"]),
                ("llama.attention.key_length", "u32", sizes["headDim"]),
                ("llama.attention.value_length", "u32", sizes["headDim"]),
                ("llama.attention.layer_norm_rms_epsilon", "f32", 1e-5),
                ("llama.rope.freq_base", "f32", 10000.0), ("llama.rope.dimension_count", "u32", sizes["headDim"]),
                ("llama.vocab_size", "u32", vocabulary)] + tiny_tokenizer.ggufMetadata()
    gguf_file.write(path, metadata, tinyTensors(sizes, case["types"], case["tied"], vocabulary, rng))


def read(path, unpermute=True):
    """Returns config.json fields and float32 weights by transformers' names."""
    file = gguf_file.Reader(path)
    if file.metadata["general.architecture"] != "llama":
        raise ValueError(f"{path}: expected architecture llama, got {file.metadata['general.architecture']}")

    def get(key, default=None):
        return file.metadata.get("llama." + key, default)

    heads, kvHeads = get("attention.head_count"), get("attention.head_count_kv")
    fields = {"architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_act": "silu",
              "hidden_size": get("embedding_length"), "intermediate_size": get("feed_forward_length"),
              "num_hidden_layers": get("block_count"), "num_attention_heads": heads, "num_key_value_heads": kvHeads,
              "head_dim": get("attention.key_length", get("embedding_length") // heads),
              "max_position_embeddings": get("context_length"), "rms_norm_eps": get("attention.layer_norm_rms_epsilon"),
              "rope_theta": get("rope.freq_base"), "vocab_size": len(file.metadata["tokenizer.ggml.tokens"]),
              "tie_word_embeddings": "output.weight" not in file.tensors}
    weights = {}
    for name, (code, shape, data) in file.tensors.items():
        values = ggml_blocks.dequantise(code, data, shape)
        stem = name.removesuffix(".weight")
        if unpermute and stem.endswith(("attn_q", "attn_k")):
            values = unpermuteRows(values, heads if stem.endswith("attn_q") else kvHeads)
        weights[hfName(stem)] = torch.tensor(values)
    return fields, weights


def hfName(stem):
    whole = {"token_embd": "model.embed_tokens", "output_norm": "model.norm", "output": "lm_head"}
    if stem in whole:
        return whole[stem] + ".weight"
    _, layer, part = stem.split(".")
    return f"model.layers.{layer}.{(MATRICES | NORMS)[part]}.weight"
