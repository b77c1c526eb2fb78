# SPDX-License-Identifier: Apache-2.0
"""Writes a crafted GGUF file:  gguf_cases.py CASE FILE.  The functions at the end are the cases."""

import random
import struct
import sys

CODES = {"u8": (0, "B"), "i8": (1, "b"), "u16": (2, "H"), "i16": (3, "h"), "u32": (4, "I"), "i32": (5, "i"),
         "f32": (6, "f"), "bool": (7, "B"), "u64": (10, "Q"), "i64": (11, "q"), "f64": (12, "d")}
STRING, ARRAY = 8, 9
F32, F16, Q4_0, Q4_1, Q5_0, Q5_1, Q8_0, Q2_K, Q4_K, Q5_K, Q6_K, BF16 = 0, 1, 2, 3, 6, 7, 8, 10, 12, 13, 14, 30


def string(text):
    data = text if isinstance(text, bytes) else text.encode("utf-8")
    return struct.pack("<Q", len(data)) + data


def value(kind, content):
    """The bytes of a value, with its type: ("u32", 3), ("str", "x"), (["i32"], [1, 2])."""
    if isinstance(kind, list):
        element = STRING if kind[0] == "str" else CODES[kind[0]][0]
        return struct.pack("<IIQ", ARRAY, element, len(content)) + b"".join(value(kind[0], c)[4:] for c in content)
    if kind == "raw":
        return content
    if kind == "str":
        return struct.pack("<I", STRING) + string(content)
    return struct.pack("<I" + CODES[kind][1], CODES[kind][0], content)


def file(keys=(), tensors=(), data=b"", version=3, tensorCount=None, keyCount=None, alignment=32, order="<"):
    """`tensors`: (name, dims with the fastest first, type, offset)."""
    tensorCount = len(tensors) if tensorCount is None else tensorCount
    keyCount = len(keys) if keyCount is None else keyCount
    head = b"GGUF" + struct.pack(order + "IQQ", version, tensorCount, keyCount)
    for key, kind, content in keys:
        head += string(key) + value(kind, content)
    for name, dims, kind, offset in tensors:
        head += string(name) + struct.pack(f"<I{len(dims)}QIQ", len(dims), *dims, kind, offset)
    return head + bytes(-len(head) % alignment) + data


def packed(keys, tensors):
    """A well-formed file; `tensors`: (name, dims, type, data)."""
    infos, data = [], b""
    for name, dims, kind, content in tensors:
        data += bytes(-len(data) % 32)
        infos.append((name, dims, kind, len(data)))
        data += content
    return file(keys, infos, data)


def half(x):
    return struct.pack("<e", x)


def floats(*values):
    return struct.pack(f"<{len(values)}f", *values)


LLAMA = [("general.architecture", "str", "llama"), ("llama.block_count", "u32", 2),
         ("llama.attention.layer_norm_rms_epsilon", "f32", 1e-5), ("llama.languages", ["str"], ["en", "fr"])]


def good():
    return packed(LLAMA, [("a", [3, 2], F32, floats(1, 2, 3, 4, 5, 6)), ("b", [4], F16, half(1) + half(-2) + half(2**-24) + half(65504)),
                          ("c", [2], BF16, struct.pack("<HH", 0x3f80, 0xc040))])


def version2():
    return file([], [("a", [2], F32, 0)], floats(1, 2), version=2)


def golden():
    """The blocks of test/models/formats/golden-blocks.test: every byte of them is given by a formula."""
    nibbles = bytes(i | (15 - i) << 4 for i in range(16))
    qs = bytes((7 * i + 3) & 255 for i in range(128))
    qh = bytes((29 * i + 1) & 255 for i in range(64))
    sc = bytes((17 * i + 5) & 255 for i in range(12))
    five = struct.pack("<I", 0x80010003)
    return packed([], [
        ("q4_0", [32], Q4_0, half(.5) + nibbles), ("q4_1", [32], Q4_1, half(.5) + half(1) + nibbles),
        ("q5_0", [32], Q5_0, half(.5) + five + nibbles), ("q5_1", [32], Q5_1, half(.5) + half(1) + five + nibbles),
        ("q8_0", [32], Q8_0, half(.5) + struct.pack("32b", *range(-16, 16))),
        ("q4_k", [256], Q4_K, half(1) + half(.5) + sc + qs), ("q5_k", [256], Q5_K, half(1) + half(.5) + sc + qh[:32] + qs),
        ("q6_k", [256], Q6_K, qs + qh + struct.pack("16b", *range(-8, 8)) + half(.5))])


def reference(kind, block):
    """The values of a block, by the formulas of the format, element by element. Exact in double but for the last sum."""
    d, m = struct.unpack("<ee", block[:4])
    if kind == Q8_0:
        return [d * q for q in struct.unpack("32b", block[2:])]
    if kind == Q6_K:
        (d,), ql, qh, sc = struct.unpack("<e", block[208:]), block[:128], block[128:192], struct.unpack("16b", block[192:208])
        values = []
        for i in range(256):
            half_, quarter, l = i // 128, i % 128 // 32, i % 32
            low = ql[64 * half_ + 32 * (quarter % 2) + l] >> 4 * (quarter // 2) & 15
            values.append(d * sc[i // 16] * ((low | (qh[32 * half_ + l] >> 2 * quarter & 3) << 4) - 32))
        return values
    if kind in (Q4_K, Q5_K):
        s, qh, qs = block[4:16], block[16:48], block[48 if kind == Q5_K else 16:]
        values = []
        for i in range(256):
            j, l = i // 32, i % 32
            scale = s[j] & 63 if j < 4 else s[j + 4] & 15 | s[j - 4] >> 6 << 4
            least = s[j + 4] & 63 if j < 4 else s[j + 4] >> 4 | s[j] >> 6 << 4
            code = qs[32 * (j // 2) + l] >> 4 * (j % 2) & 15
            code += 16 * (qh[l] >> j & 1) if kind == Q5_K else 0
            values.append(d * scale * code - m * least)
        return values
    qs, five = block[-16:], kind in (Q5_0, Q5_1)
    high = int.from_bytes(block[-20:-16], "little") if five else 0
    codes = [(qs[i % 16] >> 4 * (i // 16) & 15) + 16 * (high >> i & 1) for i in range(32)]
    return [d * n + m for n in codes] if kind in (Q4_1, Q5_1) else [d * (n - (16 if five else 8)) for n in codes]


def random_blocks():
    """Random blocks, a tensor of several rows for each quantised type, and what they must become."""
    source = random.Random(7)

    def scale():  # positive, and of a size that keeps the reference exact in double
        return struct.pack("<H", source.randrange(4 << 10, 24 << 10))

    layouts = {Q4_0: ["d", 16], Q4_1: ["d", "d", 16], Q5_0: ["d", 20], Q5_1: ["d", "d", 20], Q8_0: ["d", 32],
               Q4_K: ["d", "d", 140], Q5_K: ["d", "d", 172], Q6_K: [208, "d"]}
    tensors = []
    for kind, layout in layouts.items():
        size = 256 if kind in (Q4_K, Q5_K, Q6_K) else 32
        blocks = [b"".join(scale() if part == "d" else source.randbytes(part) for part in layout)
                  for _ in range(3072 // size)]
        tensors.append((f"t{kind}", [512, 6], kind, b"".join(blocks)))
        # Adding zero turns -0 into +0.
        tensors.append((f"t{kind}.expected", [512, 6], F32, floats(*(v + 0.0 for b in blocks for v in reference(kind, b)))))
    return packed([], tensors)


def size_overflow():
    return file([], [("a", [1 << 31, 1 << 31, 4], F32, 0)], floats(1, 2))


def size_overflow_wraps_small():
    # Elements fit 64 bits; the bytes, 2^64 + 32, would wrap to 32.
    return file([], [("a", [(1 << 62) + 8, 1], F32, 0)], bytes(32))


def tensor_count_overflow():
    return file([], [("a", [2], F32, 0)], floats(1, 2), tensorCount=(1 << 60) + 1)


def key_count_overflow():
    return file([], [("a", [2], F32, 0)], floats(1, 2), keyCount=1 << 61)


def padding_wrap():
    return file([], [("a", [8], F32, (1 << 64) - 32)], floats(*range(8)))


def element_type():
    return file([("k", "raw", struct.pack("<IIQ", ARRAY, 99, 1) + b"abcd")])


def value_type():
    return file([("k", "raw", struct.pack("<I", 13) + b"abcd")])


def string_length():
    return file([("k", "raw", struct.pack("<IQ", STRING, 1 << 63) + b"abc")])


def array_length():
    return file([("k", "raw", struct.pack("<IIQ", ARRAY, CODES["u64"][0], (1 << 61) + 1) + bytes(64))])


def array_short():
    return file([("k", "raw", struct.pack("<IIQ", ARRAY, CODES["u64"][0], 1 << 20) + bytes(64))])


def layers_beyond():
    return file([("llama.block_count", "u32", 0xffffffff)])


def layers_negative():
    return file([("llama.block_count", "i32", -1)])


def alignment_zero():
    return file([("general.alignment", "u32", 0)])


def alignment_odd():
    return file([("general.alignment", "u32", 48)])


def alignment_huge():
    return file([("general.alignment", "u64", 1 << 40)])


def alignment_type():
    return file([("general.alignment", "str", "32")])


def nested_array():
    return file([("k", "raw", struct.pack("<IIQ", ARRAY, ARRAY, 1) + struct.pack("<IQ", 0, 1) + b"x")])


def bool_value():
    return file([("k", "bool", 7)])


def dims_lie():
    return file([], [("a", [1024, 1024], F32, 0)], bytes(4096))


def duplicate_key():
    return file([("k", "u8", 1), ("k", "u8", 2)])


def duplicate_tensor():
    return packed([], [("a", [8], F32, bytes(32)), ("a", [8], F32, bytes(32))])


def overlap():
    return file([], [("a", [16], F32, 0), ("b", [8], F32, 32)], bytes(64))


def hole():
    return file([], [("a", [8], F32, 0), ("b", [8], F32, 64)], bytes(96))


def trailing():
    return file([], [("a", [8], F32, 0)], bytes(32) + b"more")


def misaligned():
    return file([], [("a", [8], F32, 4)], bytes(36))


def size_zero():
    return file([], [("a", [0, 8], F32, 0)])


def size_negative():
    return file([], [("a", [(1 << 64) - 8], F32, 0)], bytes(32))


def dimensions():
    return file([], [("a", [1] * 5, F32, 0)], bytes(32))


def unsupported_type():
    return file([], [("a", [256], Q2_K, 0)], bytes(84))


def unknown_type():
    return file([], [("a", [8], 4000000000, 0)], bytes(32))


def ragged_row():
    return file([], [("a", [48], Q4_0, 0)], bytes(32))


def big_endian():
    return file(order=">")


def version_1():
    return file(version=1)


def many_keys():
    return file([("k%d" % i, "u8", 1) for i in range(60000)])


def magic():
    return b"GGML" + bytes(64)


def split_model():
    return file([("split.count", "u16", 4)])


def key_text():
    return file([(b"\xff\x1b[2J\xc2\x9b", "u8", 1)])


TOKENS = ["<s>", "</s>", "a", "b", "c", "ab", "abc", "1", "<tool>", "[PAD9]", "\u0120"]
TYPES = [3, 3, 1, 1, 1, 1, 1, 1, 4, 5, 1]
MERGES = ["a b", "ab c"]


def tokenizer(pre="smollm", tokens=TOKENS, types=TYPES, merges=MERGES, model="gpt2", kind=["str"], **more):
    keys = [("tokenizer.ggml.model", "str", model), ("tokenizer.ggml.pre", "str", pre),
            ("tokenizer.ggml.tokens", kind, tokens), ("tokenizer.ggml.token_type", ["i32"], types),
            ("tokenizer.ggml.merges", ["str"], merges), ("tokenizer.chat_template", "str", "{{ 'h\u00e9\n' }}")]
    special = {"bos_token_id": ("u32", 0), "eos_token_id": ("u32", 1)} | more
    return file(keys + [("tokenizer.ggml." + name, *content) for name, content in special.items()])


def tokenizer_smollm():
    return tokenizer(add_bos_token=("bool", 0))


def tokenizer_llama3():
    return tokenizer(pre="llama-bpe", eot_token_id=("u32", 4))


def tokenizer_qwen2():
    return tokenizer(pre="qwen2", add_eos_token=("bool", 1))


def tokenizer_qwen35():
    return tokenizer(pre="qwen35")


def tokenizer_dbrx():
    return tokenizer(pre="dbrx")


def tokenizer_gpt2():
    return tokenizer(pre="gpt-2")


PIECES = ["<unk>", "<s>", "</s>", "<0x0A>", "\u2581", "a", "b", "ab", "\u2581a", "\u2581ab", "bb"]


def pieces(scores=(0, 0, 0, 0, -8, -6, -7, -2, -3, -1, -4), **more):
    return file([("tokenizer.ggml.model", "str", "llama"), ("tokenizer.ggml.tokens", ["str"], PIECES),
                 ("tokenizer.ggml.scores", ["f32"], scores),
                 ("tokenizer.ggml.token_type", ["i32"], [2, 3, 3, 6, 1, 1, 1, 1, 1, 1, 1]),
                 ("tokenizer.ggml.bos_token_id", "u32", 1), ("tokenizer.ggml.eos_token_id", "u32", 2),
                 ("tokenizer.ggml.unknown_token_id", "u32", 0)] + [("tokenizer.ggml." + k, *v) for k, v in more.items()])


def tokenizer_pieces():
    return pieces()


def tokenizer_pieces_plain():
    return pieces(add_space_prefix=("bool", 0), add_bos_token=("bool", 0))


def scores_nan():
    return pieces(scores=[0] * 10 + [float("nan")])


def scores_count():
    return pieces(scores=[0] * 10)


def token_index_negative():
    return tokenizer(bos_token_id=("i32", -1))


def token_index_beyond():
    return tokenizer(eos_token_id=("u32", 11))


def token_type_count():
    return tokenizer(types=TYPES[:-1])


def token_type_range():
    return tokenizer(types=TYPES[:-1] + [700])


def tokens_of_bytes():
    return tokenizer(tokens=list(range(11)), kind=["u8"])


def token_twice():
    return tokenizer(tokens=TOKENS[:-1] + ["ab"])


def token_text():
    return tokenizer(tokens=TOKENS[:-1] + [b"\xc3"])


def merge_unknown():
    return tokenizer(merges=MERGES + ["b a"])


def merge_halves():
    return tokenizer(merges=MERGES + ["ab"])


def unknown_pre():
    return tokenizer(pre="no-such-scheme")


def unknown_model():
    return tokenizer(model="wordpiece")


if __name__ == "__main__":
    with open(sys.argv[2], "wb") as out:
        out.write(globals()[sys.argv[1]]())
