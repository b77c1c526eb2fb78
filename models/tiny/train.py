#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Trains the model of this folder and writes its files: about 18 minutes on one core.

    apt-get install bible-kjv
    python3 -m venv venv
    venv/bin/pip install numpy==2.4.6 torch==2.14.1 transformers==5.23.0 safetensors==0.8.0 tokenizers==0.23.3
    venv/bin/python train.py                        then evaluate.py

Same seed, same versions, same machine type: same weights. README.md says what is written.
"""

import argparse
import importlib.metadata
import json
import time
from pathlib import Path

PINS = {"numpy": "2.4.6", "torch": "2.14.1", "transformers": "5.23.0", "safetensors": "0.8.0", "tokenizers": "0.23.3"}
for package, version in PINS.items():
    if importlib.metadata.version(package) != version:
        raise SystemExit(f"train.py: expected {package} {version}, got {importlib.metadata.version(package)}")

import safetensors.torch
import torch
import torch.nn.functional as F

import corpus
import kimi
from optimizer import Optimizer

HERE = Path(__file__).parent
LENGTH, BATCH = 512, 4
WARMUP = 40  # steps
MATRIX_RATE, RATE, BALANCE_RATE = 0.02, 4e-3, 1e-3


def ngramLoss(ids, held):
    """Nats a token of the best of a few interpolated bigram models: what the model has to beat."""
    single = torch.bincount(ids, minlength=corpus.VOCABULARY) + 0.5
    single = single / single.sum()
    pairs = torch.zeros(corpus.VOCABULARY, corpus.VOCABULARY)
    pairs.index_put_((ids[:-1], ids[1:]), torch.ones(len(ids) - 1), accumulate=True)
    return min(-((pairs + c * single) / (pairs.sum(1, keepdim=True) + c))[held[:-1], held[1:]].log().mean().item()
               for c in (1, 3, 10, 30))


@torch.no_grad()
def heldOutLoss(weights, config, held, rows=16):
    held = held[:rows * LENGTH + 1]
    logits, _ = kimi.forward(weights, config, held[:-1].view(rows, LENGTH))
    return F.cross_entropy(logits.flatten(0, 1), held[1:]).item()


def rateAt(step, steps, cooldown):
    return min((step + 1) / WARMUP, (steps - step) / max(1, cooldown), 1.0)


def train(weights, config, ids, held, steps, cooldown, checkpoint):
    generator = torch.Generator().manual_seed(1)
    optimizer, begin = Optimizer(weights), 0
    biases = [weight for name, weight in weights.items() if name.endswith("e_score_correction_bias")]
    if checkpoint and checkpoint.exists():
        saved = torch.load(checkpoint)
        begin = saved["step"]
        with torch.no_grad():
            for name, weight in weights.items():
                weight.copy_(saved["weights"][name])
        optimizer.load(saved["optimizer"])
        generator.set_state(saved["generator"])
    started, since = time.time(), 0.0
    for step in range(begin, steps):
        starts = torch.randint(0, len(ids) - LENGTH, (BATCH,), generator=generator)
        rows = torch.stack([ids[start:start + LENGTH + 1] for start in starts.tolist()])
        logits, loads = kimi.forward(weights, config, rows[:, :-1])
        loss = F.cross_entropy(logits.flatten(0, 1), rows[:, 1:].flatten())
        loss.backward()
        rate = rateAt(step, steps, cooldown)
        optimizer.step(MATRIX_RATE * rate, RATE * rate)
        with torch.no_grad():  # experts are kept busy by the bias on their choice alone (DeepSeek-V3)
            for bias, load in zip(biases, loads):
                bias += BALANCE_RATE * torch.sign(load.mean() - load)
        for weight in weights.values():
            weight.grad = None
        since += loss.item()
        if (step + 1) % 50 == 0:
            print(f"step {step + 1} of {steps}: loss {since / 50:.4f}, {time.time() - started:.0f} s", flush=True)
            since = 0.0
        if (step + 1) % 200 == 0:
            print(f"  held out {heldOutLoss(weights, config, held):.4f}; busiest expert of a layer "
                  f"{max((load.max() / load.mean()).item() for load in loads):.2f} x the mean", flush=True)
            if checkpoint:
                torch.save({"step": step + 1, "weights": weights, "optimizer": optimizer.state(),
                            "generator": generator.get_state()}, checkpoint)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--steps", type=int, default=2400, help="of 2,048 tokens (default 2400: 3.7 passes over the text)")
    parser.add_argument("--cooldown", type=int, default=800, help="steps at the end over which the rates fall to nothing")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--checkpoint", type=Path, help="kept every 200 steps; training goes on from it")
    parser.add_argument("--bible", nargs=2, default=("bible", "/usr/lib"), metavar=("PROGRAM", "DATA"))
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    torch.use_deterministic_algorithms(True)
    torch.utils.deterministic.fill_uninitialized_memory = False
    training, held = corpus.split(corpus.chapters(*args.bible))
    tokenizer = corpus.trainTokenizer(training)
    tokenizer.save(str(HERE / "tokenizer.json"))
    ids, held = corpus.tokens(tokenizer, training), corpus.tokens(tokenizer, held)
    config = json.loads((HERE / "config.json").read_text())
    weights = kimi.initialWeights(config, torch.Generator().manual_seed(0))
    for name, weight in weights.items():
        weight.requires_grad_(not name.endswith("e_score_correction_bias"))
    print(f"{sum(weight.numel() for weight in weights.values())} parameters, {len(ids)} tokens, "
          f"{len(held)} held out; bigrams: {ngramLoss(ids, held):.4f}", flush=True)
    train(weights, config, ids, held, args.steps, args.cooldown, args.checkpoint)
    rounded = {name: weight.detach().to(torch.float32 if name.endswith(kimi.FLOAT32) else torch.bfloat16).contiguous()
               for name, weight in weights.items()}
    safetensors.torch.save_file(rounded, HERE / "model.safetensors", metadata={"format": "pt"})


if __name__ == "__main__":
    main()
