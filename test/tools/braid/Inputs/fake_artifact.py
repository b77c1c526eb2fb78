# SPDX-License-Identifier: Apache-2.0
"""Makes an artifact without the compiler:  fake_artifact.py DIR ROOT BUILD.

Its library is the stand-in of test/runtime linked with the runtime; its tokenizer has one token for each printable
ASCII character, a newline and `<end>`, 97 in all; its chat template writes each message as `u:text`. What the stand-in
"says" is a hash of what it read, the same on every machine.
"""

import json
import os
import subprocess
import sys

out, root, build = sys.argv[1:4]
os.makedirs(out, exist_ok=True)
VOCAB, KV, RING = 97, 48, 10


def write(name, value):
    with open(os.path.join(out, name), "w", encoding="utf-8") as file:
        json.dump(value, file)


letters = [chr(c) for c in range(33, 127)]
byteLevel = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}
write("tokenizer.json", {
    "version": "1.0", "truncation": None, "padding": None, "normalizer": None, "pre_tokenizer": byteLevel,
    "post_processor": None, "decoder": byteLevel,
    "added_tokens": [{"id": VOCAB - 1, "content": "<end>", "single_word": False, "lstrip": False, "rstrip": False,
                      "normalized": False, "special": True}],
    "model": {"type": "BPE", "dropout": None, "unk_token": None, "continuing_subword_prefix": None,
              "end_of_word_suffix": None, "fuse_unk": False, "byte_fallback": False, "merges": [],
              "vocab": {token: i for i, token in enumerate(["\u0120", *letters, "\u010a"])}}})
write("tokenizer_config.json", {
    "eos_token": "<end>",
    "chat_template": "{% for m in messages %}{{ m.role[0] }}:{{ m.content }}\n{% endfor %}a:"})
write("manifest.json", {
    "name": "fake", "library": "libfake.so", "weights": "fake.weights", "source": "stand-in", "compiler": "none",
    "parameters": VOCAB, "quantization": "F32", "activations": "f32", "vocab": VOCAB, "context": 300, "max_tokens": 13,
    "weights_bytes": 8 * VOCAB, "isa": ["x86-64-v4", "x86-64-v3", "x86-64"], "eos_token_ids": [],
    "states": [
        {"name": "layers.0.kv", "kind": "rows", "window": 0, "planes": 2, "row_bytes": 24, "bytes_per_token": KV},
        {"name": "layers.1.ring", "kind": "rows", "window": 20, "planes": 1, "row_bytes": 10, "bytes_per_token": RING}]})
path = os.path.join(out, "fake")
subprocess.run(["clang-22", "-O1", "-fPIC", "-fvisibility=hidden", "-I" + root, "-c",
                os.path.join(root, "test/runtime/fake_module.c"), "-o", path + ".o"], check=True)
subprocess.run(["ld.lld", "-shared", "--whole-archive", os.path.join(build, "lib/libbraid_runtime.a"),
                "--no-whole-archive", path + ".o", "-o", os.path.join(out, "libfake.so")], check=True)
os.remove(path + ".o")
subprocess.run(["braid-runtime-test", "weights_file", path + ".weights"], check=True, stdout=subprocess.DEVNULL)
