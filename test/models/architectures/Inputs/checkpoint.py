# SPDX-License-Identifier: Apache-2.0
"""Copies a checkpoint with changes; Python's standard library is all it needs.

    checkpoint.py FROM TO [change ...]

    field=JSON            sets a field of config.json; `a.b=JSON` one of an object in it; `field=` removes it
    --text FIELD TEXT     writes TEXT as the field's value, as it stands: for what is not JSON
    --layers N            repeats the layers until there are N
    --drop TENSOR         leaves a tensor out
    --rename TENSOR NAME
    --copy TENSOR NAME    adds a copy of a tensor
    --shape TENSOR JSON   of as many elements
    --dtype TENSOR DTYPE  of as many bytes an element
"""
import json
import os
import struct
import sys


def read(path):
    with open(path, "rb") as file:
        header = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
        data = file.read()
    header.pop("__metadata__", None)
    return {name: [info["dtype"], info["shape"], data[info["data_offsets"][0]:info["data_offsets"][1]]]
            for name, info in header.items()}


def write(path, tensors):
    header, at = {}, 0
    for name, (dtype, shape, data) in tensors.items():
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [at, at + len(data)]}
        at += len(data)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for _, _, data in tensors.values():
            file.write(data)


def repeat_layers(config, tensors, count):
    old = config["num_hidden_layers"]
    layers = {name: value for name, value in tensors.items() if ".layers." in name}
    for name in layers:
        del tensors[name]
    for layer in range(count):
        prefix = f"model.layers.{layer % old}."
        for name, value in layers.items():
            if name.startswith(prefix):
                tensors[f"model.layers.{layer}." + name[len(prefix):]] = value
    config["num_hidden_layers"] = count


def set_field(config, change):
    path, value = change.split("=", 1)
    *parents, name = path.split(".")
    for parent in parents:
        config = config.setdefault(parent, {})
    if value:
        config[name] = json.loads(value)
    else:
        del config[name]


def main(source, target, *changes):
    with open(os.path.join(source, "config.json")) as file:
        config = json.load(file)
    tensors = {}
    for name in sorted(os.listdir(source)):
        if name.endswith(".safetensors") and name != "logits.safetensors":
            tensors.update(read(os.path.join(source, name)))
    texts, queue = {}, list(changes)
    while queue:
        change = queue.pop(0)
        if not change.startswith("--"):
            set_field(config, change)
        elif change == "--layers":
            repeat_layers(config, tensors, int(queue.pop(0)))
        elif change == "--text":
            name, text = queue.pop(0), queue.pop(0)
            config[name] = f"<{name}>"
            texts[f'"<{name}>"'] = text
        elif change == "--drop":
            del tensors[queue.pop(0)]
        elif change == "--rename":
            tensors = {queue[1] if name == queue[0] else name: value for name, value in tensors.items()}
            del queue[:2]
        elif change == "--copy":
            tensors[queue[1]] = tensors[queue[0]]
            del queue[:2]
        elif change in ("--shape", "--dtype"):
            tensor = tensors[queue.pop(0)]
            if change == "--shape":
                tensor[1] = json.loads(queue.pop(0))
            else:
                tensor[0] = queue.pop(0)
        else:
            sys.exit(f"checkpoint.py: no change {change}")
    os.makedirs(target, exist_ok=True)
    text = json.dumps(config, indent=1)
    for placeholder, raw in texts.items():
        text = text.replace(placeholder, raw)
    with open(os.path.join(target, "config.json"), "w") as file:
        file.write(text)
    write(os.path.join(target, "model.safetensors"), tensors)


main(*sys.argv[1:])
