#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Measures the trained model with transformers' own class, in float32, and writes what tests compare with.

Writes heldout.txt and heldout.json here, tokenizer_config.json and generation_config.json, and the logits of
64 tokens to test/goldens/tiny. train.py says how to set up.
"""

import argparse
import json
import math
from pathlib import Path

import train  # checks the versions
import safetensors.torch
import tokenizers
import torch
import transformers

import corpus
import kimi

HERE = Path(__file__).parent
GOLDEN = HERE.parents[1] / "test" / "goldens" / "tiny"
COUNT, POSITIONS = 2000, 64


def writeJson(path, value):
    path.write_text(json.dumps(value, indent=2) + "\n")


def loadModel():
    model, info = transformers.AutoModelForCausalLM.from_pretrained(
        HERE, dtype=torch.float32, attn_implementation="eager", experts_implementation="eager", output_loading_info=True)
    if any(info[key] for key in ("missing_keys", "unexpected_keys", "mismatched_keys")):
        raise SystemExit(f"model.safetensors does not fit: {info}")
    return model.eval()


def meanLoss(logits, ids):
    """Nats a token, of each id from those before it."""
    return -logits[:-1].double().log_softmax(-1).gather(1, ids[1:, None]).mean().item()


def checkTrainingCode(logits, ids):
    """What was trained is what transformers computes: ours in float64, where no decay needs a limit."""
    kimi.FASTEST = -40.0
    weights = {name: weight.double() for name, weight in safetensors.torch.load_file(HERE / "model.safetensors").items()}
    config = json.loads((HERE / "config.json").read_text())
    ours = kimi.forward(weights, config, ids[None, :512])[0][0]
    error = ((ours - logits[:512]).abs().max() / logits[:512].abs().max()).item()
    print(f"training code and transformers: relative error {error:.1e}")
    if error > 1e-5:
        raise SystemExit("expected 1e-5 at most")


def clearPositions(model, held):
    """64 held-out tokens whose two best logits are never so close that a rounding could swap them."""
    for start in range(COUNT, len(held) - POSITIONS):
        logits = model(held[None, start:start + POSITIONS]).logits[0]
        best = logits.topk(2).values
        if (best[:, 0] - best[:, 1]).min() > 2e-3 * logits.abs().max():
            return start, logits
    raise SystemExit("no clear positions")


@torch.no_grad()
def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--bible", nargs=2, default=("bible", "/usr/lib"), metavar=("PROGRAM", "DATA"))
    args = parser.parse_args()
    torch.set_num_threads(1)
    tokenizer = tokenizers.Tokenizer.from_file(str(HERE / "tokenizer.json"))
    training, chapters = corpus.split(corpus.chapters(*args.bible))
    held = corpus.tokens(tokenizer, chapters)
    model = loadModel()

    ids = held[:COUNT]
    logits = model(ids[None]).logits[0]
    checkTrainingCode(logits, ids)
    nll = meanLoss(logits, ids)
    total, predicted, size = 0.0, 0, 0
    for chapter in chapters:
        one = corpus.tokens(tokenizer, [chapter])
        total += meanLoss(model(one[None]).logits[0], one) * (len(one) - 1)
        predicted, size = predicted + len(one) - 1, size + len(chapter[1].encode())
    print(f"heldout.json: {COUNT - 1} predictions, loss {nll:.6f}, perplexity {math.exp(nll):.4f}")
    print(f"all {len(chapters)} held-out chapters, each by itself: {predicted} predictions, loss {total / predicted:.4f}, "
          f"perplexity {math.exp(total / predicted):.3f}, {total / size / math.log(2):.3f} bits a byte; "
          f"bigrams {train.ngramLoss(corpus.tokens(tokenizer, training), held):.4f}")
    (HERE / "heldout.txt").write_text(tokenizer.decode(ids.tolist()))
    fields = {"recorded_with": train.PINS, "count": COUNT - 1, "nll": nll, "perplexity": math.exp(nll)}
    text = json.dumps(fields, indent=2)[:-2] + ',\n  "tokens": ' + json.dumps(ids.tolist()) + "\n}\n"
    (HERE / "heldout.json").write_text(text)

    GOLDEN.mkdir(exist_ok=True)
    start, logits = clearPositions(model, held)
    (GOLDEN / "tokens.json").write_text(json.dumps(held[start:start + POSITIONS].tolist()) + "\n")
    safetensors.torch.save_file({"logits": logits.contiguous()}, GOLDEN / "logits.safetensors")

    writeJson(HERE / "tokenizer_config.json", {
        "tokenizer_class": "PreTrainedTokenizerFast", "bos_token": corpus.END, "eos_token": corpus.END,
        "add_bos_token": False, "clean_up_tokenization_spaces": False, "model_max_length": 65536})
    writeJson(HERE / "generation_config.json", {
        "bos_token_id": 0, "eos_token_id": 0, "do_sample": True, "temperature": 0.7, "top_p": 0.9})


if __name__ == "__main__":
    main()
