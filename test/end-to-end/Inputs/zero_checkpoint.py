# SPDX-License-Identifier: Apache-2.0
"""Makes a Llama of two wide layers whose weights are all zero: zero_checkpoint.py FOLDER"""
import json
import pathlib
import struct
import sys

WIDTH, INNER, HEADS, KV_HEADS, LAYERS, VOCAB = 1024, 4096, 16, 4, 2, 2048

folder = pathlib.Path(sys.argv[1])
folder.mkdir(parents=True, exist_ok=True)
(folder / "config.json").write_text(json.dumps({
    "architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_size": WIDTH, "intermediate_size": INNER,
    "num_attention_heads": HEADS, "num_key_value_heads": KV_HEADS, "num_hidden_layers": LAYERS, "vocab_size": VOCAB,
    "max_position_embeddings": 4096, "rms_norm_eps": 1e-5, "rope_theta": 10000.0, "hidden_act": "silu",
    "tie_word_embeddings": True, "torch_dtype": "bfloat16"}))
kv = WIDTH // HEADS * KV_HEADS
shapes = {"model.embed_tokens.weight": [VOCAB, WIDTH], "model.norm.weight": [WIDTH]}
for i in range(LAYERS):
    stem = f"model.layers.{i}."
    shapes |= {stem + "input_layernorm.weight": [WIDTH], stem + "post_attention_layernorm.weight": [WIDTH],
               stem + "self_attn.q_proj.weight": [WIDTH, WIDTH], stem + "self_attn.k_proj.weight": [kv, WIDTH],
               stem + "self_attn.v_proj.weight": [kv, WIDTH], stem + "self_attn.o_proj.weight": [WIDTH, WIDTH],
               stem + "mlp.gate_proj.weight": [INNER, WIDTH], stem + "mlp.up_proj.weight": [INNER, WIDTH],
               stem + "mlp.down_proj.weight": [WIDTH, INNER]}
header, end = {}, 0
for name, shape in shapes.items():
    begin, end = end, end + 2 * shape[0] * (shape[1] if len(shape) > 1 else 1)
    header[name] = {"dtype": "BF16", "shape": shape, "data_offsets": [begin, end]}
text = json.dumps(header).encode()
text += b" " * (-len(text) % 8)
with open(folder / "model.safetensors", "wb") as file:
    file.write(struct.pack("<Q", len(text)) + text)
    file.truncate(8 + len(text) + end)
