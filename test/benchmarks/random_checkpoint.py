#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes a checkpoint of random weights for any config that braid compiles: for speed, where no real one is at hand.

    random_checkpoint.py CONFIG.json OUT_DIR [--set field=value ...]

The tensors are those that `braid compile CONFIG --weights none --emit=graph` asks for, in bfloat16: matrices of about
1/sqrt(columns), vectors near 1. --set changes fields of the config first (dots for nested ones, values in JSON), so that
a published model's layers can be measured with fewer of them.
Needs numpy; `braid` on PATH, or its path in $BRAID.
"""
import argparse
import json
import os
import pathlib
import re
import struct
import subprocess

import numpy

WEIGHT = re.compile(r'braid\.weight "([^"]+)"(.*?) : !braid\.weight<([0-9x]+), (\w+)>')


# Sizes of 1 that published files have and a graph has not: braid takes either, other programs may not.
WITH_ONES = {"self_attn.A_log": lambda shape: [1, 1, *shape, 1], "conv1d.weight": lambda shape: [shape[0], 1, shape[1]]}


def stored_tensors(graph):
    """name -> shape as the file has it."""
    tensors = {}
    for name, attributes, shape, _ in WEIGHT.findall(graph):
        if "values = " in attributes:
            continue
        shape = [int(size) for size in shape.split("x")]
        count = shape[0] if "{}" in name and len(shape) == 3 else 1
        width = 1 if len(shape) == 1 else shape[-2 if "transposed" in attributes else -1]
        rows = int(numpy.prod(shape)) // width // count
        if part := re.search(r"rows = array<i64: (\d+), \d+, (\d+)>", attributes):
            rows = rows // int(part[2]) * int(part[1])
        for i in range(count):
            tensors[name.replace("{}", str(i))] = [rows] if len(shape) == 1 else [rows, width]
    for name, shape in tensors.items():
        for end, widen in WITH_ONES.items():
            if name.endswith(end):
                tensors[name] = widen(shape)
    return tensors


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("config", type=pathlib.Path)
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--set", action="append", default=[], metavar="field=value")
    options = parser.parse_args()
    config = json.loads(options.config.read_text())
    for change in options.set:
        path, value = change.split("=", 1)
        *outer, last = path.split(".")
        place = config
        for key in outer:
            place = place[key]
        place[last] = json.loads(value)
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "config.json").write_text(json.dumps(config, indent=1))
    graph = subprocess.run([os.environ.get("BRAID", "braid"), "compile", str(options.out / "config.json"), "--weights",
                            "none", "--emit=graph", "-o", "-"], check=True, capture_output=True, text=True).stdout
    tensors = stored_tensors(graph)
    header, at = {}, 0
    for name, shape in tensors.items():
        size = 2 * int(numpy.prod(shape))
        header[name] = {"dtype": "BF16", "shape": shape, "data_offsets": [at, at + size]}
        at += size
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    random = numpy.random.default_rng(0)
    noise = random.standard_normal(1 << 22).astype(numpy.float32)
    with open(options.out / "model.safetensors", "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for shape in tensors.values():
            count = int(numpy.prod(shape))
            numbers = numpy.resize(noise[int(random.integers(1 << 16)):], count)
            is_matrix = len(shape) == 2 and min(shape) > 1
            numbers = numbers / numpy.sqrt(shape[-1]) if is_matrix else 1 + 0.1 * numbers
            bits = numbers.astype(numpy.float32).view(numpy.uint32)
            file.write(((bits + 0x8000) >> 16).astype(numpy.uint16).tobytes())
    print(f"{options.out}: {len(tensors)} tensors, {at / 2**30:.2f} GiB")


main()
