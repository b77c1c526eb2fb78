# SPDX-License-Identifier: Apache-2.0
"""GGUF files of the llama, qwen2 and qwen3 architectures: writes tiny random ones, reads them for transformers."""

import math

import torch

import ggml_blocks
import gguf_file
import tiny_tokenizer

# GGUF name of a layer's matrix: its name in transformers.
MATRICES = {"attn_q": "self_attn.q_proj", "attn_k": "self_attn.k_proj", "attn_v": "self_attn.v_proj",
            "attn_output": "self_attn.o_proj", "ffn_gate": "mlp.gate_proj", "ffn_up": "mlp.up_proj",
            "ffn_down": "mlp.down_proj"}
NORMS = {"attn_norm": "input_layernorm", "ffn_norm": "post_attention_layernorm", "attn_q_norm": "self_attn.q_norm",
         "attn_k_norm": "self_attn.k_norm"}
CLASSES = {"llama": "LlamaForCausalLM", "qwen2": "Qwen2ForCausalLM", "qwen3": "Qwen3ForCausalLM"}
BASE = 10000.0  # of the rope of the tiny models
# What llama.cpp's quantiser writes for rows that do not split into blocks of 256.
FALLBACK = {"Q4_K": "Q5_0", "Q5_K": "Q5_1", "Q6_K": "Q8_0"}


def unpermuteRows(weight, heads):
    """Rows from the interleaved-pair order of llama-architecture files to the half-rotation order of transformers."""
    rows = weight.shape[0]
    return weight.reshape(heads, rows // heads // 2, 2, -1).swapaxes(1, 2).reshape(weight.shape)


def ropeFactors(headDim, base, scaling):
    """What rope_freqs.weight holds: by how much llama3 scaling divides each frequency."""
    factor, low, high, length = (scaling[key] for key in (
        "factor", "low_freq_factor", "high_freq_factor", "original_max_position_embeddings"))
    factors = []
    for i in range(headDim // 2):
        turns = length / (2 * math.pi * base ** (2 * i / headDim))  # within the original context
        smooth = min(1.0, max(0.0, (turns - low) / (high - low)))
        factors.append(1 / ((1 - smooth) / factor + smooth))
    return torch.tensor(factors).numpy()


def tinyTensors(case, vocabulary, rng):
    hidden, inner, layers, heads, kvHeads, headDim = (
        case["sizes"][key] for key in ("hidden", "inner", "layers", "heads", "kvHeads", "headDim"))
    shapes = {"attn_q": (heads * headDim, hidden), "attn_k": (kvHeads * headDim, hidden),
              "attn_v": (kvHeads * headDim, hidden), "attn_output": (hidden, heads * headDim),
              "ffn_gate": (inner, hidden), "ffn_up": (inner, hidden), "ffn_down": (hidden, inner)}
    types, turn = case["types"], 0

    def matrix(name, shape, spread):
        nonlocal turn
        kind = types[turn % len(types)]
        turn += 1
        if shape[-1] % ggml_blocks.TYPES[kind][1]:
            kind = FALLBACK[kind]
        return (name + ".weight", ggml_blocks.TYPES[kind][0], shape, ggml_blocks.randomBlocks(kind, shape, spread, rng))

    def vector(name, values):
        return (name, 0, values.shape, values.astype("float32").tobytes())

    def norm(name, size=hidden):
        return vector(name + ".weight", rng.uniform(0.5, 1.5, size))

    tensors = [matrix("token_embd", (vocabulary, hidden), 1.5 / hidden ** 0.5 if case["tied"] else 1.0)]
    if "ropeScaling" in case:
        tensors.append(vector("rope_freqs.weight", ropeFactors(headDim, BASE, case["ropeScaling"])))
    for layer in range(layers):
        tensors += [norm(f"blk.{layer}.{name}") for name in ("attn_norm", "ffn_norm")]
        for name, shape in shapes.items():
            gain = 1.5 if name in ("attn_q", "attn_k") else 1.0
            tensors.append(matrix(f"blk.{layer}.{name}", shape, gain / shape[-1] ** 0.5))
            if case.get("bias") and name in ("attn_q", "attn_k", "attn_v"):
                tensors.append(vector(f"blk.{layer}.{name}.bias", rng.normal(0, 0.7, shape[0])))
        if case.get("qkNorm"):
            tensors += [norm(f"blk.{layer}.{name}", headDim) for name in ("attn_q_norm", "attn_k_norm")]
    tensors.append(norm("output_norm"))
    if not case["tied"]:
        tensors.append(matrix("output", (vocabulary, hidden), 1.0 / hidden ** 0.5))
    return tensors


def writeTiny(path, case, vocabulary, rng):
    sizes, kind = case["sizes"], case.get("architecture", "llama")
    metadata = [("general.architecture", "str", kind), ("general.type", "str", "model"),
                ("general.name", "str", path.parent.name), ("general.file_type", "u32", 0),
                ("general.alignment", "u32", case.get("alignment", gguf_file.ALIGNMENT)),
                ("general.quantization_version", "u32", 2),
                (kind + ".block_count", "u32", sizes["layers"]), (kind + ".context_length", "u32", 512),
                (kind + ".embedding_length", "u32", sizes["hidden"]),
                (kind + ".feed_forward_length", "u32", sizes["inner"]),
                (kind + ".attention.head_count", "u32", sizes["heads"]),
                (kind + ".attention.head_count_kv", "u32", sizes["kvHeads"]),
                (kind + ".attention.key_length", "u32", sizes["headDim"]),
                (kind + ".attention.value_length", "u32", sizes["headDim"]),
                (kind + ".attention.layer_norm_rms_epsilon", "f32", 1e-5),
                (kind + ".rope.freq_base", "f32", BASE), (kind + ".rope.dimension_count", "u32", sizes["headDim"]),
                (kind + ".vocab_size", "u32", vocabulary)] + tiny_tokenizer.ggufMetadata()
    gguf_file.write(path, metadata, tinyTensors(case, vocabulary, rng))


def read(path, unpermute=True, ropeScaling=None):
    """Returns config.json fields and float32 weights by transformers' names.

    A file with rope_freqs.weight does not say which scaling made it: the caller does, and it is checked.
    """
    file = gguf_file.Reader(path)
    kind = file.metadata["general.architecture"]

    def get(key, default=None):
        return file.metadata.get(f"{kind}.{key}", default)

    heads, kvHeads = get("attention.head_count"), get("attention.head_count_kv")
    fields = {"architectures": [CLASSES[kind]], "model_type": kind, "hidden_act": "silu",
              "hidden_size": get("embedding_length"), "intermediate_size": get("feed_forward_length"),
              "num_hidden_layers": get("block_count"), "num_attention_heads": heads, "num_key_value_heads": kvHeads,
              "head_dim": get("attention.key_length", get("embedding_length") // heads),
              "max_position_embeddings": get("context_length"), "rms_norm_eps": get("attention.layer_norm_rms_epsilon"),
              "rope_theta": get("rope.freq_base"), "rope_scaling": ropeScaling,
              "vocab_size": len(file.metadata["tokenizer.ggml.tokens"]),
              "tie_word_embeddings": "output.weight" not in file.tensors}
    weights = {}
    for name, (code, shape, data) in file.tensors.items():
        values = ggml_blocks.dequantise(code, data, shape)
        if name == "rope_freqs.weight":
            if abs(values - ropeFactors(fields["head_dim"], fields["rope_theta"], ropeScaling)).max() > 1e-6:
                raise ValueError(f"{path}: rope_freqs.weight is not what {ropeScaling} gives")
            continue
        stem, role = name.rsplit(".", 1)
        # Only the llama architecture pairs neighbouring rows in its rope; biases would be permuted alike.
        if unpermute and kind == "llama" and stem.endswith(("attn_q", "attn_k")):
            values = unpermuteRows(values, heads if stem.endswith("attn_q") else kvHeads)
        weights[f"{hfName(stem)}.{role}"] = torch.tensor(values)
    return fields, weights


def hfName(stem):
    whole = {"token_embd": "model.embed_tokens", "output_norm": "model.norm", "output": "lm_head"}
    if stem in whole:
        return whole[stem]
    _, layer, part = stem.split(".")
    return f"model.layers.{layer}.{(MATRICES | NORMS)[part]}"
