# SPDX-License-Identifier: Apache-2.0
"""Writes crafted safetensors files:  safetensors_cases.py CASE PATH.  Cases that start with `model_` write a directory."""

import json
import os
import struct
import sys


def file(header, data=b"", length=None):
    text = header if isinstance(header, bytes) else json.dumps(header).encode("utf-8")
    return struct.pack("<Q", len(text) if length is None else length) + text + data


def entry(begin, end, shape=None, dtype="U8", **more):
    return {"dtype": dtype, "shape": [end - begin] if shape is None else shape, "data_offsets": [begin, end]} | more


def good():
    return file({"__metadata__": {"format": "pt"}, "late": entry(8, 20, [3, 2], "F16"), "early": entry(0, 8, [2], "F32"),
                 "empty": entry(20, 20, [0, 5]), "scalar": entry(20, 28, [], "F64")},
                struct.pack("<2f6ed", 1, -2, 1, 2, 3, 4, 5, 6, 7))


def padded_header():
    return file(json.dumps({"a": entry(0, 2)}).encode() + b"   ", b"ab")


def header_length():
    return file({}, length=1 << 63)


def header_cap():
    return file({}, length=100_000_001)


def header_beyond():
    return file({"a": entry(0, 1)}, b"a", length=4096)


def header_start():
    return file(b" " + json.dumps({"a": entry(0, 1)}).encode(), b"a")


def short():
    return b"\x02\0\0"


def duplicate_tensor():
    return file(b'{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}', b"ab")


def duplicate_field():
    return file(b'{"a":{"dtype":"U8","shape":[1],"shape":[2],"data_offsets":[0,2]}}', b"ab")


def duplicate_metadata():
    return file(b'{"__metadata__":{"x":"1","x":"2"}}')


def hole():
    return file({"a": entry(0, 2), "b": entry(3, 4)}, b"abcd")


def overlap():
    return file({"a": entry(0, 3), "b": entry(2, 4)}, b"abcd")


def trailing():
    return file({"a": entry(0, 2)}, b"ab#!/bin/sh")


def range_beyond():
    return file({"a": entry(0, 9)}, b"abcd")


def range_reversed():
    return file({"a": entry(4, 0, [4])}, b"abcd")


def shape_lies():
    return file({"a": entry(0, 4, [1024], "F32")}, b"abcd")


def size_overflow():
    return file({"a": entry(0, 8, [1 << 32, 1 << 32, 2], "F32")}, bytes(8))


def size_overflow_wraps_small():
    return file({"a": entry(0, 8, [(1 << 61) + 1, 2], "F32")}, bytes(8))


def size_overflow_hidden_by_zero():
    return file({"a": entry(0, 0, [1 << 62, 1 << 62, 0])})


def dimensions():
    return file({"a": entry(0, 1, [1] * 9)}, b"a")


def negative_size():
    return file({"a": entry(0, 1, [-1])}, b"a")


def fractional_size():
    return file({"a": entry(0, 1, [1.0])}, b"a")


def huge_number():
    return file(b'{"a":{"dtype":"U8","shape":[18446744073709551615],"data_offsets":[0,1]}}', b"a")


def three_offsets():
    return file({"a": {"dtype": "U8", "shape": [1], "data_offsets": [0, 1, 2]}}, b"a")


def dtype_unknown():
    return file({"a": entry(0, 1, dtype="Q4_K")}, b"a")


def field_missing():
    return file({"a": {"dtype": "U8", "shape": [1]}}, b"a")


def field_unknown():
    return file({"a": entry(0, 1, code="os.system")}, b"a")


def metadata_number():
    return file({"__metadata__": {"x": 1}})


def metadata_nested():
    return file({"__metadata__": {"x": {"y": "z"}}})


def nesting():
    return file(b'{"a":' + b"[" * 1_000_000, b"")


def syntax():
    return file(b'{"a" 1}')


def text_encoding():
    return file(b'{"\xff":1}')


def shards(path, files, weightMap, **more):
    os.makedirs(path, exist_ok=True)
    for name, data in files.items():
        with open(os.path.join(path, name), "wb") as out:
            out.write(data)
    texts = {"config.json": {"model_type": "llama"}, "model.safetensors.index.json": {"weight_map": weightMap}} | more
    for name, content in texts.items():
        with open(os.path.join(path, name), "w") as out:
            json.dump(content, out)


ONE, TWO = "model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"
PARTS = {ONE: file({"a": entry(0, 4, [1], "F32")}, struct.pack("<f", 1)),
         TWO: file({"b": entry(0, 4, [1], "F32")}, struct.pack("<f", 2))}


def model_shards(path):
    shards(path, PARTS, {"a": ONE, "b": TWO}, **{"generation_config.json": {"eos_token_id": [2, 3]}})


def model_path_traversal(path):
    with open(path + ".outside.safetensors", "wb") as out:
        out.write(PARTS[TWO])
    shards(path, PARTS, {"a": ONE, "b": "../" + os.path.basename(path) + ".outside.safetensors"})


def model_absolute_path(path):
    shards(path, PARTS, {"a": ONE, "b": os.path.abspath(os.path.join(path, TWO))})


def model_symlink_out(path):
    shards(path, {ONE: PARTS[ONE]}, {"a": ONE, "b": TWO})
    with open(path + ".outside.safetensors", "wb") as out:
        out.write(PARTS[TWO])
    os.symlink(os.path.abspath(path + ".outside.safetensors"), os.path.join(path, TWO))


def model_symlink_in(path):
    shards(path, PARTS, {"a": ONE, "b": "link.safetensors"})
    os.symlink(TWO, os.path.join(path, "link.safetensors"))


def model_symlink_loop(path):
    shards(path, {ONE: PARTS[ONE]}, {"a": ONE, "b": TWO})
    os.symlink(TWO, os.path.join(path, TWO))


def model_hub_cache(path):
    """The layout of the Hugging Face cache: links from a snapshot to blobs of the same repository."""
    blobs, snapshot = os.path.join(path, "models--x--y", "blobs"), os.path.join(path, "models--x--y", "snapshots", "0a")
    shards(snapshot, {}, {"a": ONE, "b": TWO})
    os.makedirs(blobs)
    for name, data in PARTS.items():
        with open(os.path.join(blobs, name[:11]), "wb") as out:
            out.write(data)
        os.symlink(os.path.join("..", "..", "blobs", name[:11]), os.path.join(snapshot, name))


def model_shard_absent(path):
    shards(path, {ONE: PARTS[ONE]}, {"a": ONE, "b": TWO})


def model_tensor_absent(path):
    shards(path, PARTS, {"a": ONE, "b": TWO, "c": TWO})


def model_tensor_elsewhere(path):
    shards(path, PARTS, {"a": TWO, "b": ONE})


def model_tensor_twice(path):
    shards(path, {ONE: PARTS[ONE], TWO: PARTS[ONE]}, {"a": ONE, "b": TWO})


def model_index_type(path):
    shards(path, PARTS, {"a": 7})


def model_pipe(path):
    shards(path, {}, {"a": ONE})
    os.mkfifo(os.path.join(path, ONE))


def model_chat_template(path):
    shards(path, PARTS, {"a": ONE, "b": TWO}, **{"tokenizer_config.json": {"bos_token": "<s>", "chat_template": "old"},
                                                 "tokenizer.json": {"version": "1.0"}})
    with open(os.path.join(path, "chat_template.jinja"), "w") as out:
        out.write("new {{ x }}\n")


if __name__ == "__main__":
    if sys.argv[1].startswith("model_"):
        globals()[sys.argv[1]](sys.argv[2])
    else:
        with open(sys.argv[2], "wb") as out:
            out.write(globals()[sys.argv[1]]())
