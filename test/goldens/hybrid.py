# SPDX-License-Identifier: Apache-2.0
"""Records the models of hybrid_cases.py: random weights, files as published checkpoints have them, logits."""

import sys
import tempfile
from pathlib import Path

import numpy as np
import safetensors.torch
import torch
import transformers

import hybrid_cases

KEPT_WIDE = ("A_log", "dt_bias", "e_score_correction_bias")  # float32 in published checkpoints, whatever the rest has
STIR = 1e-6  # relative noise on every weight: logits that move by much more hang on rounding, of a router above all


def ruled(rng, name, shape, case, tied):
    """A random tensor of the kind that `name` tells. Activations stay of order 1, gates and decays are all in use."""
    for word, rule in case.get("rules", []):
        if word in name:
            return rule(rng, shape)
    if name.endswith("A_log"):
        return rng.uniform(-1.5, 1.2, shape)
    if name.endswith("dt_bias"):
        return rng.uniform(-2.5, 1.0, shape)
    if name.endswith(".D"):
        return rng.normal(0, 1, shape)
    if name.endswith("e_score_correction_bias"):
        return rng.normal(0, 0.2, shape)
    if "conv" in name and len(shape) == 3:
        return rng.normal(0, 0.8, shape)
    if "norm" in name:
        centre = 0 if case.get("zeroCentred") and "linear_attn.norm" not in name else 1
        return rng.uniform(centre - 0.5, centre + 0.5, shape)
    if name.endswith("bias"):
        return rng.normal(0, 0.5, shape)
    if "embed" in name:
        return rng.normal(0, 1.5 / shape[-1] ** 0.5 if tied else 1, shape)
    wide = any(word in name for word in ("q_proj", "k_proj", "q_b_proj", "kv_a_proj", "gate.weight", "router"))
    return rng.normal(0, (1.5 if wide else 1.0) / shape[-1] ** 0.5, shape)


def nativeFields(case, change={}):
    fields = {**case["config"], **change}
    return case.get("native", dict)(fields)


def build(case, weights=None, change={}):
    config = transformers.AutoConfig.for_model(**nativeFields(case, change))
    model = transformers.AutoModelForCausalLM.from_config(config, dtype=torch.float32, attn_implementation="eager",
                                                              experts_implementation="eager").eval()
    if weights is not None:
        model.load_state_dict({**model.state_dict(), **weights})
    case.get("patch", lambda model: None)(model)
    return model


def logitsOf(model, tokens):
    with torch.no_grad():
        return model(torch.tensor([tokens]), use_cache=False).logits[0].float().numpy()


def randomWeights(model, case, rng, dtype):
    """By in-memory name, rounded to what the files will hold."""
    tied, weights = model.config.tie_word_embeddings, {}
    for name, tensor in model.state_dict().items():
        if (name == "lm_head.weight" and tied) or any(word in name for word in case.get("drop", ())):
            continue
        values = torch.tensor(ruled(rng, name, tuple(tensor.shape), case, tied), dtype=torch.float32)
        weights[name] = values if name.endswith(KEPT_WIDE) else values.to(dtype).float()
    if tied:
        weights["lm_head.weight"] = next(t for n, t in weights.items() if "embed" in n)
    return weights


def onDisk(model, case, dtype):
    """The weights under the names and in the pieces of a published checkpoint: transformers' own way back."""
    if "disk" in case:
        weights = case["disk"]({name: t for name, t in model.state_dict().items()})
    else:
        with tempfile.TemporaryDirectory() as folder:
            model.save_pretrained(folder)
            weights = safetensors.torch.load_file(Path(folder) / "model.safetensors")
    kept = {case.get("rename", lambda name: name)(name): t for name, t in weights.items()
            if not any(word in name for word in case.get("drop", ()))}
    return {name: (t if name.endswith(KEPT_WIDE) else t.to(dtype)).contiguous() for name, t in kept.items()}


def runAblations(name, case, weights, tokens, logits, matters):
    for what, change, edit, *patch in case["ablations"]:
        model = build(case, {n: edit(n, t) for n, t in weights.items()}, change)
        for apply in patch:
            apply(model)
        moved = float(np.abs(logits - logitsOf(model, tokens)).max() / np.abs(logits).max())
        print(f"  {name}: {what}: moves the logits by {moved:.3f}")
        if moved < matters:
            sys.exit(f"{name}: {what} moves the logits by {moved:.1e} only; the case would not test it")


def roundingIsForgiven(name, case, weights, tokens, logits):
    noise = np.random.default_rng(7)
    stirred = {n: t * (1 + STIR * torch.tensor(noise.uniform(-1, 1, tuple(t.shape)), dtype=torch.float32))
               for n, t in weights.items()}
    moved = float(np.abs(logits - logitsOf(build(case, stirred), tokens)).max() / np.abs(logits).max())
    print(f"  {name}: weights stirred by {STIR}: moves the logits by {moved:.1e}")
    return moved < 2e-5


def readBack(folder, name, case, weights):
    """The model of the files, as anybody's reader would see them."""
    model, info = transformers.AutoModelForCausalLM.from_pretrained(
        folder, config=transformers.AutoConfig.for_model(**nativeFields(case)), dtype=torch.float32,
        attn_implementation="eager", experts_implementation="eager", output_loading_info=True)
    skipped = [key for key in info["unexpected_keys"] if not key.startswith(("mtp.", "model.visual."))]
    missing = [key for key in info["missing_keys"] if not any(word in key for word in case.get("drop", ()))]
    if missing or skipped or info["mismatched_keys"]:
        sys.exit(f"{name}: {info}")
    for key, tensor in model.state_dict().items():
        if key in weights and not torch.equal(tensor, weights[key]):
            sys.exit(f"{name}: {key} is not in the files what it is in memory")
    return build(case, model.state_dict() if "drop" not in case else weights)


def record(name, case, here, tools):
    """Writes the folder of a case, of the first sound seed. `tools` is record.py, for what all cases need."""
    folder = here / name
    folder.mkdir(exist_ok=True)
    fields = nativeFields(case)
    dtype = getattr(torch, fields.get("torch_dtype") or fields["dtype"])
    tools.writeJson(folder / "config.json", case["config"])
    for seed in range(100):
        rng = np.random.default_rng(tools.seedOf(name, {"seed": seed}))
        tokens = tools.randomTokens(case["positions"], rng, fields["vocab_size"])
        weights = randomWeights(build(case), case, rng, dtype)
        variants = {name: build(case, weights)}
        for other, patch in case.get("also", {}).items():
            variants[other] = build(case, weights)
            patch(variants[other])
        logits = {each: logitsOf(model, tokens) for each, model in variants.items()}
        if (roundingIsForgiven(name, case, weights, tokens, logits[name]) and
                all(tools.isSound(each, model, tokens, logits[each], logitsOf) for each, model in variants.items())):
            break
    else:
        sys.exit(f"{name}: no sound seed")
    tools.writeWeights(folder, onDisk(build(case, weights), case, dtype), case.get("shards", 1))
    logits[name] = logitsOf(readBack(folder, name, case, weights), tokens)
    runAblations(name, case, weights, tokens, logits[name], tools.MATTERS)
    for each in variants:
        (here / each).mkdir(exist_ok=True)
        tools.writeLogits(here / each, tokens, logits[each])
