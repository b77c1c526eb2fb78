# SPDX-License-Identifier: Apache-2.0
"""vocabulary_gguf.py TOKENIZER.json PRE OUT.gguf: a tokenizer's tokens and merges as GGUF metadata, with that name of
a pre-tokenizer; no tensors."""
import json
import struct
import sys


def text(value):
    data = value.encode()
    return struct.pack("<Q", len(data)) + data


def texts(values):
    return struct.pack("<IIQ", 9, 8, len(values)) + b"".join(map(text, values))


source, pre, target = sys.argv[1:]
model = json.load(open(source, encoding="utf-8"))["model"]
tokens = sorted(model["vocab"], key=model["vocab"].get)
merges = [merge if isinstance(merge, str) else " ".join(merge) for merge in model["merges"]]
keys = {"model": struct.pack("<I", 8) + text("gpt2"), "pre": struct.pack("<I", 8) + text(pre), "tokens": texts(tokens),
        "merges": texts(merges)}
data = struct.pack("<4sIQQ", b"GGUF", 3, 0, len(keys))
for key, value in keys.items():
    data += text("tokenizer.ggml." + key) + value
with open(target, "wb") as out:
    out.write(data + bytes(-len(data) % 32))
