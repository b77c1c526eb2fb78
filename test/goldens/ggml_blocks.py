# SPDX-License-Identifier: Apache-2.0
"""GGUF tensor types: random valid blocks of a wanted spread, and blocks to float32 (numpy)."""

import numpy as np

# name: (type code, values in a block, bytes of a block)
TYPES = {"F32": (0, 1, 4), "F16": (1, 1, 2), "Q4_0": (2, 32, 18), "Q4_1": (3, 32, 20), "Q5_0": (6, 32, 22),
         "Q5_1": (7, 32, 24), "Q8_0": (8, 32, 34), "Q4_K": (12, 256, 144), "Q5_K": (13, 256, 176),
         "Q6_K": (14, 256, 210), "BF16": (30, 1, 2)}
NAMES = {code: name for name, (code, _, _) in TYPES.items()}


def half(values):
    return np.asarray(values, np.float16).view(np.uint8).reshape(len(values), 2)


def randomBlocks(name, shape, spread, rng):
    """Bytes of a random tensor whose values have mean about 0 and standard deviation about `spread`."""
    _, block, size = TYPES[name]
    count = int(np.prod(shape))
    if shape[-1] % block:
        raise ValueError(f"{name}: rows of {shape[-1]} values do not split into blocks of {block}")
    if block == 1:
        values = (rng.standard_normal(count) * spread).astype(np.float32)
        if name == "F32":
            return values.tobytes()
        return (values.astype(np.float16) if name == "F16" else values.view(np.uint32) >> 16).astype(
            {"F16": np.float16, "BF16": np.uint16}[name]).tobytes()
    n = count // block
    raw = rng.integers(0, 256, (n, size), dtype=np.uint8)
    scale = spread * rng.uniform(0.7, 1.3, n)
    sign = rng.choice([-1.0, 1.0], n)  # quantisers do write negative scales where the type has no minimum
    if name == "Q8_0":
        raw[:, :2] = half(scale / 74)
    elif name in ("Q4_0", "Q5_0"):
        raw[:, :2] = half(sign * scale / (4.6 if name == "Q4_0" else 9.2))
    elif name in ("Q4_1", "Q5_1"):
        levels = 15 if name == "Q4_1" else 31
        d = scale / (levels * 0.3)
        raw[:, :2], raw[:, 2:4] = half(d), half(-d * levels / 2 + spread * rng.normal(0, 0.2, n))
    elif name in ("Q4_K", "Q5_K"):
        levels, total = (15, 258) if name == "Q4_K" else (31, 526)
        d = scale / total
        raw[:, :2], raw[:, 2:4] = half(d), half(d * levels / 2)
    else:  # Q6_K: these scales are float16 subnormals for small spreads, as in real files
        raw[:, 208:] = half(sign * scale / 1370)
    return raw.tobytes()


def scaleAt(raw, offset):
    return raw[:, offset:offset + 2].copy().view(np.float16).astype(np.float32)


def nibbles(bytes16):
    return np.concatenate([bytes16 & 15, bytes16 >> 4], axis=1).astype(np.float32)


def fifthBits(bytes4):
    bits = bytes4.copy().view(np.uint32)
    return ((bits >> np.arange(32, dtype=np.uint32)) & 1).astype(np.float32) * 16


def kScales(sc):
    """The 6-bit scales and minima [n, 8] of the 12 packed bytes [n, 12] of Q4_K and Q5_K."""
    low, high, rest = sc[:, 0:4], sc[:, 4:8], sc[:, 8:12]
    scales = np.concatenate([low & 63, (rest & 15) | (low >> 6) << 4], axis=1)
    minima = np.concatenate([high & 63, (rest >> 4) | (high >> 6) << 4], axis=1)
    return scales.astype(np.float32), minima.astype(np.float32)


def dequantise(code, data, shape):
    """float32 array of `shape` from the blocks of type `code`; bytes past the tensor's end are ignored."""
    name = NAMES[code]
    _, block, size = TYPES[name]
    n = int(np.prod(shape)) // block
    raw = np.frombuffer(data, np.uint8, n * size).reshape(n, size)
    if name == "F32":
        return raw.copy().view(np.float32).reshape(shape)
    if name == "F16":
        return raw.copy().view(np.float16).astype(np.float32).reshape(shape)
    if name == "BF16":
        return (raw.copy().view(np.uint16).astype(np.uint32) << 16).view(np.float32).reshape(shape)
    if name == "Q8_0":
        values = scaleAt(raw, 0) * raw[:, 2:].copy().view(np.int8).astype(np.float32)
    elif name == "Q4_0":
        values = scaleAt(raw, 0) * (nibbles(raw[:, 2:]) - 8)
    elif name == "Q4_1":
        values = scaleAt(raw, 0) * nibbles(raw[:, 4:]) + scaleAt(raw, 2)
    elif name == "Q5_0":
        values = scaleAt(raw, 0) * (nibbles(raw[:, 6:]) + fifthBits(raw[:, 2:6]) - 16)
    elif name == "Q5_1":
        values = scaleAt(raw, 0) * (nibbles(raw[:, 8:]) + fifthBits(raw[:, 4:8])) + scaleAt(raw, 2)
    elif name in ("Q4_K", "Q5_K"):
        scales, minima = kScales(raw[:, 4:16])
        qs = raw[:, 16:] if name == "Q4_K" else raw[:, 48:]
        q = np.stack([qs.reshape(n, 4, 32) & 15, qs.reshape(n, 4, 32) >> 4], axis=2).reshape(n, 8, 32)
        if name == "Q5_K":
            q = q + (((raw[:, None, 16:48] >> np.arange(8, dtype=np.uint8)[None, :, None]) & 1) << 4)
        values = (scaleAt(raw, 0) * scales)[:, :, None] * q - (scaleAt(raw, 2) * minima)[:, :, None]
    else:
        ql, qh = raw[:, :128].reshape(n, 2, 2, 32), raw[:, 128:192].reshape(n, 2, 1, 32)
        low = np.concatenate([ql & 15, ql >> 4], axis=2)
        high = (qh >> np.array([0, 2, 4, 6], np.uint8)[None, None, :, None]) & 3
        q = (low | high << 4).astype(np.float32) - 32
        scales = raw[:, 192:208].copy().view(np.int8).astype(np.float32) * scaleAt(raw, 208)
        values = scales[:, :, None] * q.reshape(n, 16, 16)
    return values.astype(np.float32).reshape(shape)
