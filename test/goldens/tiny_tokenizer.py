# SPDX-License-Identifier: Apache-2.0
"""A byte-level BPE of 1003 (or fewer) tokens, trained on the recorded prose; for tokenizer.json and for GGUF metadata."""

import json
from pathlib import Path

import tokenizers
from tokenizers import decoders, models, pre_tokenizers, trainers

import cases

TEXT = Path(__file__).parent / "smollm2" / "text.txt"
SPECIALS = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
TEMPLATE = ("{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' + message['content'] "
            "+ '<|im_end|>' + '\n' }}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}")
SAMPLES = ["The lighthouse keeper at Marrow Point had two clocks.", "  two  spaces\n\n\tand a tab ",
           "I'll say it's 12345 o'clock!?", "na\u00efve \u2014 \u4f60\u597d, \u043c\u0438\u0440 \U0001f30a\U0001f3fd", "",
           "<|im_start|>user\nHello<|im_end|>\n", "x<|im_end|><|im_end|>y"]


def train(size=cases.VOCABULARY):
    tokenizer = tokenizers.Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(vocab_size=size, min_frequency=1, special_tokens=SPECIALS, show_progress=False,
                                  initial_alphabet=pre_tokenizers.ByteLevel.alphabet())
    tokenizer.train([str(TEXT)], trainer)
    if tokenizer.get_vocab_size() != size:
        raise ValueError(f"expected {size} tokens, got {tokenizer.get_vocab_size()}")
    return tokenizer


def writeFiles(folder, size=cases.VOCABULARY):
    """tokenizer.json, tokenizer_config.json, generation_config.json, and samples with their ids."""
    tokenizer = train(size)
    tokenizer.save(str(folder / "tokenizer.json"))

    def write(name, value):
        (folder / name).write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n")

    write("tokenizer_config.json", {"add_bos_token": False, "bos_token": SPECIALS[1], "eos_token": SPECIALS[2],
                                    "unk_token": SPECIALS[0], "chat_template": TEMPLATE,
                                    "clean_up_tokenization_spaces": False, "tokenizer_class": "PreTrainedTokenizerFast"})
    write("generation_config.json", {"bos_token_id": 1, "eos_token_id": 2, "temperature": 0.7, "top_p": 0.9, "do_sample": True})
    write("tokenizer-samples.json", [{"text": text, "ids": tokenizer.encode(text).ids} for text in SAMPLES])


def ggufMetadata():
    """The tokenizer.ggml.* entries of the same vocabulary."""
    model = json.loads(train().to_str())
    vocabulary = {**model["model"]["vocab"], **{token["content"]: token["id"] for token in model["added_tokens"]}}
    tokens = sorted(vocabulary, key=vocabulary.get)
    return [("tokenizer.ggml.model", "str", "gpt2"), ("tokenizer.ggml.pre", "str", "gpt-2"),
            ("tokenizer.ggml.tokens", ["str"], tokens),
            ("tokenizer.ggml.token_type", ["i32"], [3 if token in SPECIALS else 1 for token in tokens]),
            ("tokenizer.ggml.merges", ["str"], [" ".join(merge) for merge in model["model"]["merges"]]),
            ("tokenizer.ggml.bos_token_id", "u32", 1), ("tokenizer.ggml.eos_token_id", "u32", 2),
            ("tokenizer.ggml.unknown_token_id", "u32", 0), ("tokenizer.ggml.padding_token_id", "u32", 2),
            ("tokenizer.ggml.add_bos_token", "bool", False), ("tokenizer.ggml.add_space_prefix", "bool", False),
            ("tokenizer.chat_template", "str", TEMPLATE)]
