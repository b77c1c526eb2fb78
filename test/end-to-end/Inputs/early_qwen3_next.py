# SPDX-License-Identifier: Apache-2.0
"""early_qwen3_next.py GOLDENS FROM TO: a GGUF file of Qwen3-Next as the first ones were.

They have one matrix ssm_in, with the rows of queries, keys, values and gates for each key head, where later ones have
attn_qkv and attn_gate; and they do not name the layers.
"""
import sys

sys.path.insert(0, sys.argv[1])
import gguf_file  # noqa: E402


def rows(tensor):
    _, shape, data = tensor
    size = {0: 4 * shape[1], 8: shape[1] // 32 * 34}[tensor[0]]
    return [bytes(data[i * size:(i + 1) * size]) for i in range(shape[0])]


def main(source, target):
    file = gguf_file.Reader(source)
    metadata = []
    for key, value in file.metadata.items():
        if key == "qwen3next.attention.recurrent_layers":
            continue
        if key == "qwen3next.full_attention_interval":
            value = 3
        kind = {bool: "bool", int: "u32", float: "f32", str: "str"}.get(type(value))
        metadata.append((key, kind or ["str" if isinstance(value[0], str) else "i32"], value))
    heads, key, inner = (file.metadata["qwen3next.ssm." + name]
                         for name in ("group_count", "state_size", "inner_size"))
    group = inner // heads
    tensors = []
    for name, (code, shape, data) in file.tensors.items():
        if name.endswith("attn_gate.weight"):
            continue
        if name.endswith("attn_qkv.weight"):
            streams, gates = rows(file.tensors[name]), rows(file.tensors[name.replace("qkv", "gate")])
            data = b""
            for head in range(heads):
                for first, size in ((head * key, key), ((heads + head) * key, key),
                                    (2 * heads * key + head * group, group)):
                    data += b"".join(streams[first:first + size])
                data += b"".join(gates[head * group:(head + 1) * group])
            name, shape = name.replace("attn_qkv", "ssm_in"), (shape[0] + inner, shape[1])
        size = {0: 4, 8: 34 / 32}[code]
        for length in shape:
            size *= length
        tensors.append((name, code, shape, bytes(data[:int(size)])))
    gguf_file.write(target, metadata, tensors)


main(*sys.argv[2:])
