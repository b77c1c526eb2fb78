# SPDX-License-Identifier: Apache-2.0
"""The King James Bible from Debian's package bible-kjv, as chapters, and the tokenizer trained on it."""

import re
import subprocess

import tokenizers
import torch

VOCABULARY = 1024
END = "<|endoftext|>"  # between chapters; id 0
EVERY = 40  # one chapter of so many is held out


def chapters(program="bible", data="/usr/lib"):
    """[(name, text)] in the order of the book; a verse a line, no numbers."""
    lines = subprocess.run([program, "-p", data, "-f", "gen1:1-rev22:21"], check=True, capture_output=True, text=True)
    found = {}
    for line in lines.stdout.splitlines():
        chapter, verse = re.fullmatch(r"(\w+:?\d*):\d+ +(.*\S)\s*", line).groups()
        found.setdefault(chapter, []).append(verse)
    if len(found) != 1189 or sum(map(len, found.values())) != 31102:
        raise SystemExit(f"expected 1189 chapters of 31102 verses, got {len(found)} of {sum(map(len, found.values()))}")
    return [(name, "\n".join(verses) + "\n") for name, verses in found.items()]


def split(all_chapters):
    """(training, held out)"""
    held = all_chapters[EVERY // 2::EVERY]
    return [chapter for chapter in all_chapters if chapter not in held], held


def trainTokenizer(training):
    tokenizer = tokenizers.Tokenizer(tokenizers.models.BPE())
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = tokenizers.decoders.ByteLevel()
    tokenizer.train_from_iterator((text for _, text in training), tokenizers.trainers.BpeTrainer(
        vocab_size=VOCABULARY, special_tokens=[END], show_progress=False,
        initial_alphabet=tokenizers.pre_tokenizers.ByteLevel.alphabet()))
    return tokenizer


def tokens(tokenizer, some_chapters):
    """Ids of the chapters in their order, END before each and after the last."""
    end = tokenizer.token_to_id(END)
    ids = [end]
    for encoding in tokenizer.encode_batch([text for _, text in some_chapters]):
        ids += encoding.ids + [end]
    return torch.tensor(ids)
