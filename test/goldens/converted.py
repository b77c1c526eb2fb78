# SPDX-License-Identifier: Apache-2.0
"""Records models as GGUF files that llama.cpp's own converter wrote: converted_cases.py has the models.

Matrices are rounded to what Q8_0 can hold before the logits are recorded, so the quantised file is the model itself.
"""

import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import safetensors.torch
import torch

import ggml_blocks
import gguf_file
import hybrid
import tiny_tokenizer

VERSION = "0.3.36"  # of llama-cpp-python; its sdist vendors llama.cpp whole, the converter included
LIMIT = 400e3  # bytes of a file

# The converter knows tokenizers by what they make of a sample text; ours is none that it knows.
RUN = """import runpy, sys
root, pre = sys.argv[1:3]
sys.path[:0] = [root, root + "/gguf-py"]
import conversion.base
conversion.base.TextModel.get_vocab_base_pre = lambda self, tokenizer: pre
sys.argv = ["convert_hf_to_gguf.py", *sys.argv[3:]]
runpy.run_path(root + "/convert_hf_to_gguf.py", run_name="__main__")
"""


def checkVersion(sdist):
    found = re.search(r"^Version: (.*)$", (sdist / "PKG-INFO").read_text(), re.M).group(1)
    if found != VERSION:
        sys.exit(f"{sdist}: expected llama-cpp-python {VERSION}, got {found}")


def throughQ8_0(tensor):
    """Each row in blocks of 32 numbers: 8-bit codes times a float16 scale."""
    if tensor.dim() < 2 or tensor.shape[-1] % 32:
        return tensor
    blocks = tensor.reshape(-1, 32)
    scale = (blocks.abs().amax(-1, keepdim=True) / 127).half().float()
    codes = (blocks / scale).round().clamp(-127, 127)
    return (codes * scale).reshape(tensor.shape)


def asStored(name, tensor, case):
    """What Q8_0 makes of a weight: of latents' up-projections, the keys' half lies transposed."""
    if not name.endswith("kv_b_proj.weight"):
        return throughQ8_0(tensor)
    fields = hybrid.nativeFields(case)
    nope, value = fields["qk_nope_head_dim"], fields["v_head_dim"]
    keys, values = tensor.reshape(-1, nope + value, tensor.shape[-1]).split([nope, value], dim=1)
    keys = throughQ8_0(keys.transpose(1, 2).contiguous()).transpose(1, 2)
    return torch.cat([keys, throughQ8_0(values.contiguous())], dim=1).reshape(tensor.shape)


class Blocks:
    """Random blocks of other types for a model's matrices. A row is known again by its numbers, wherever it goes."""

    def __init__(self, kinds, rng):
        self.kinds, self.rng, self.turn, self.rows = kinds, rng, 0, {}

    def of(self, name, tensor):
        width = tensor.shape[-1]
        if tensor.dim() < 2 or width % 32 or name.endswith("gate.weight"):
            return tensor
        fitting = [kind for kind in self.kinds if width % ggml_blocks.TYPES[kind][1] == 0]
        kind, self.turn = fitting[self.turn % len(fitting)], self.turn + 1
        code = ggml_blocks.TYPES[kind][0]
        shape = (tensor.numel() // width, width)
        data = ggml_blocks.randomBlocks(kind, shape, float(tensor.std()), self.rng)
        values, size = ggml_blocks.dequantise(code, data, shape), len(data) // shape[0]
        self.rows.update({row.tobytes(): (code, data[i * size:(i + 1) * size]) for i, row in enumerate(values)})
        return torch.tensor(values).reshape(tensor.shape)

    def write(self, source, target):
        """Copies an F32 file, with the blocks of all rows that are known."""
        reader, tensors = gguf_file.Reader(source), []
        for name, (code, shape, data) in reader.tensors.items():
            values = ggml_blocks.dequantise(code, data, shape)
            rows = [self.rows.get(row.tobytes()) for row in values.reshape(-1, shape[-1])]
            if all(rows):
                code, data = rows[0][0], b"".join(bytes(blocks) for _, blocks in rows)
            tensors.append((name, code, shape, bytes(data)[:values.nbytes]))
        gguf_file.writePacked(target, len(reader.metadata), reader.keys, tensors)


def convert(sdist, source, file, outtype, pre, *options):
    """Runs the converter on the directory `source`."""
    command = [sys.executable, "-c", RUN, sdist / "vendor" / "llama.cpp", pre, source, "--outfile", file, "--outtype",
               outtype, *options]
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    if done.returncode or not file.exists():
        sys.exit(f"{file.parent.name}: the converter failed\n{done.stdout}{done.stderr}")


def readBack(file):
    return {name: ggml_blocks.dequantise(code, data, shape)
            for name, (code, shape, data) in gguf_file.Reader(file).tensors.items()}


def writeDirectory(folder, case, weights):
    (folder / "config.json").write_text(json.dumps(case["config"]))
    model = hybrid.build(case, weights)
    tensors = hybrid.onDisk(model, case, torch.float32)
    for name, tensor in case.get("also", lambda tensors: {})(tensors).items():
        tensors[name] = throughQ8_0(tensor)
    safetensors.torch.save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    tiny_tokenizer.writeFiles(folder, hybrid.nativeFields(case)["vocab_size"])


def record(name, case, here, tools, sdist):
    """Writes the folder of a case, of the first sound seed. `tools` is record.py, for what all cases need."""
    checkVersion(sdist)
    folder = here / name
    folder.mkdir(exist_ok=True)
    for seed in range(100):
        rng = np.random.default_rng(tools.seedOf(name, {"seed": seed}))
        tokens = tools.randomTokens(case["positions"], rng, hybrid.nativeFields(case)["vocab_size"])
        random = hybrid.randomWeights(hybrid.build(case), case, rng, torch.float32)
        blocks = Blocks(case["blocks"], rng) if "blocks" in case else None
        weights = {key: blocks.of(key, tensor) if blocks else asStored(key, tensor, case)
                   for key, tensor in random.items()}
        model = hybrid.build(case, weights)
        logits = hybrid.logitsOf(model, tokens)
        if (hybrid.roundingIsForgiven(name, case, weights, tokens, logits) and
                tools.isSound(name, model, tokens, logits, hybrid.logitsOf)):
            break
    else:
        sys.exit(f"{name}: no sound seed")
    hybrid.runAblations(name, case, weights, tokens, logits, tools.MATTERS)
    with tempfile.TemporaryDirectory() as source:
        source = Path(source)
        writeDirectory(source, case, weights)
        options = [case.get("pre", "gpt-2"), "--model-name", name, *case.get("options", [])]
        convert(sdist, source, source / "wide.gguf", "f32", *options)
        if blocks:
            blocks.write(source / "wide.gguf", folder / "model.gguf")
        else:
            convert(sdist, source, folder / "model.gguf", case.get("outtype", "q8_0"), *options)
        held, wide = readBack(folder / "model.gguf"), readBack(source / "wide.gguf")
    lost = [key for key, values in wide.items() if not np.array_equal(values, held[key])]
    if lost or len(held) != len(wide):
        sys.exit(f"{name}: the quantised file does not hold {lost}")
    size = (folder / "model.gguf").stat().st_size
    if size > LIMIT:
        sys.exit(f"{name}: {size} bytes, more than {LIMIT:.0f}")
    tools.writeLogits(folder, tokens, logits)
