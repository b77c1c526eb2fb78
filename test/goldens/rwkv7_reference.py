# SPDX-License-Identifier: Apache-2.0
"""RWKV-7 (arXiv 2503.14456) step by step in float64, with the tensor names of flash-linear-attention's checkpoints.

transformers has no such class; this reference is ours. It is the plain reading of the paper's formulas: one token's
step, one head's state, no chunks.
"""

import sys

import numpy as np
import torch

VOCABULARY, NORM_EPSILON = 211, 1e-5
CONFIG = {"architectures": ["RWKV7ForCausalLM"], "model_type": "rwkv7", "torch_dtype": "float32",
          "a_low_rank_dim": 10, "attn": None, "attn_mode": "chunk", "bos_token_id": 1, "decay_low_rank_dim": 12,
          "eos_token_id": 2, "fuse_cross_entropy": True, "fuse_norm": False, "gate_low_rank_dim": 14, "head_dim": 24,
          "hidden_act": "sqrelu", "hidden_ratio": 2.0, "hidden_size": 48, "initializer_range": 0.02,
          "intermediate_size": 88, "max_position_embeddings": 512, "norm_bias": True, "norm_eps": NORM_EPSILON,
          "norm_first": True, "num_heads": 2, "num_hidden_layers": 3, "tie_word_embeddings": False, "use_cache": True,
          "v_low_rank_dim": 8, "value_dim": [48, 48, 48], "vocab_size": VOCABULARY}
POSITIONS = 57
RANKS = {"w": "decay_low_rank_dim", "a": "a_low_rank_dim", "g": "gate_low_rank_dim", "v": "v_low_rank_dim"}


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def layerNorm(x, weights, name, epsilon=NORM_EPSILON):
    x = x - x.mean(-1, keepdims=True)
    return x / np.sqrt((x * x).mean(-1, keepdims=True) + epsilon) * weights[name + ".weight"] + weights[name + ".bias"]


def shifted(x):
    """What the token before had, minus what this one has; before the first there was 0."""
    return np.concatenate([np.zeros_like(x[:1]), x[:-1]]) - x


def lowRank(x, weights, name, activation):
    y = activation(x @ weights[name + ".lora.0.weight"].T) @ weights[name + ".lora.2.weight"].T
    return y + weights.get(name + ".lora.2.bias", 0)


def timeMix(x, weights, name, heads, vFirst):
    """[T, hidden] -> ([T, hidden], values of layer 0)."""
    delta = shifted(x)
    mixed = {kind: x + delta * weights[f"{name}.x_{kind}"].reshape(-1) for kind in "rwkvag"}
    r, k, v = (mixed[kind] @ weights[f"{name}.{kind}_proj.weight"].T for kind in "rkv")
    logDecay = -np.exp(-0.5) * sigmoid(lowRank(mixed["w"], weights, name + ".w_lora", np.tanh))
    if vFirst is None:
        vFirst = v
    else:
        v = v + (vFirst - v) * sigmoid(lowRank(mixed["v"], weights, name + ".v_lora", lambda y: y))
    a = sigmoid(lowRank(mixed["a"], weights, name + ".a_lora", lambda y: y))
    gate = lowRank(mixed["g"], weights, name + ".g_lora", sigmoid)
    split = lambda y: y.reshape(len(y), heads, -1)
    removal = split(k * weights[name + ".k_k"])
    removal = removal / np.linalg.norm(removal, axis=-1, keepdims=True)
    k = split(k + k * (a - 1) * weights[name + ".k_a"])
    r, v, a, decay = split(r), split(v), split(a), split(np.exp(logDecay))
    state, out = np.zeros((heads, k.shape[-1], v.shape[-1])), np.zeros_like(v)
    for t in range(len(x)):
        for h in range(heads):
            predicted = state[h].T @ removal[t, h]  # from the state before its decay
            state[h] = (decay[t, h][:, None] * state[h] - np.outer(removal[t, h] * a[t, h], predicted)
                        + np.outer(k[t, h], v[t, h]))
            out[t, h] = state[h].T @ r[t, h]
    flat = lambda y: y.reshape(len(y), -1)
    centred = out - out.mean(-1, keepdims=True)
    normed = centred / np.sqrt((centred ** 2).mean(-1, keepdims=True) + k.shape[-1] * NORM_EPSILON)
    normed = flat(normed) * weights[name + ".g_norm.weight"] + weights[name + ".g_norm.bias"]
    bonus = (r * k * weights[name + ".r_k"]).sum(-1, keepdims=True) * v
    return ((normed + flat(bonus)) * gate) @ weights[name + ".o_proj.weight"].T, vFirst


def logitsOf(weights, tokens):
    """[T, vocabulary] in float64, for weights by name."""
    weights = {name: np.asarray(tensor, np.float64) for name, tensor in weights.items()}
    x, vFirst = weights["model.embeddings.weight"][tokens], None
    for layer in range(CONFIG["num_hidden_layers"]):
        name = f"model.layers.{layer}"
        if layer == 0:
            x = layerNorm(x, weights, name + ".pre_norm")
        mixed, vFirst = timeMix(layerNorm(x, weights, name + ".attn_norm"), weights, name + ".attn",
                                CONFIG["num_heads"], vFirst)
        x = x + mixed
        y = layerNorm(x, weights, name + ".ffn_norm")
        y = y + shifted(y) * weights[name + ".ffn.x_k"]
        y = np.maximum(y @ weights[name + ".ffn.key.weight"].T, 0) ** 2
        x = x + y @ weights[name + ".ffn.value.weight"].T
    return layerNorm(x, weights, "model.norm") @ weights["lm_head.weight"].T


def shapes():
    hidden, inner = CONFIG["hidden_size"], CONFIG["intermediate_size"]
    yield "model.embeddings.weight", (VOCABULARY, hidden)
    for layer in range(CONFIG["num_hidden_layers"]):
        name = f"model.layers.{layer}"
        for norm in (["pre_norm"] if layer == 0 else []) + ["attn_norm", "ffn_norm", "attn.g_norm"]:
            yield from ((f"{name}.{norm}.{part}", (hidden,)) for part in ("weight", "bias"))
        yield from ((f"{name}.attn.x_{kind}", (1, 1, hidden)) for kind in "rwkvag")
        yield from ((f"{name}.attn.{part}", (hidden,)) for part in ("k_k", "k_a"))
        yield f"{name}.attn.r_k", (CONFIG["num_heads"], CONFIG["head_dim"])
        yield from ((f"{name}.attn.{kind}_proj.weight", (hidden, hidden)) for kind in "rkvo")
        for kind, rank in RANKS.items():
            if kind == "v" and layer == 0:
                continue
            yield f"{name}.attn.{kind}_lora.lora.0.weight", (CONFIG[rank], hidden)
            yield f"{name}.attn.{kind}_lora.lora.2.weight", (hidden, CONFIG[rank])
            if kind != "g":
                yield f"{name}.attn.{kind}_lora.lora.2.bias", (hidden,)
        yield f"{name}.ffn.x_k", (hidden,)
        yield f"{name}.ffn.key.weight", (inner, hidden)
        yield f"{name}.ffn.value.weight", (hidden, inner)
    yield from ((f"model.norm.{part}", (hidden,)) for part in ("weight", "bias"))
    yield "lm_head.weight", (VOCABULARY, hidden)


def randomTensor(name, shape, rng):
    part = name.rsplit(".", 1)[-1]
    if part.startswith("x_"):
        values = rng.uniform(0, 1, shape)
    elif part in ("k_k", "k_a") or name.endswith("norm.weight"):
        values = rng.uniform(0.5, 1.5, shape)
    elif part in ("bias", "r_k"):
        values = rng.normal(0, 0.5, shape)
    else:
        values = rng.normal(0, 1 if "embeddings" in name else shape[-1] ** -0.5, shape)
    return np.asarray(values, np.float32)


def record(name, here, tools):
    """Writes the folder `name`; every tensor, one kind at a time, must matter."""
    folder = here / name
    folder.mkdir(exist_ok=True)
    for seed in range(100):
        rng = np.random.default_rng(tools.seedOf(name, {"seed": seed}))
        tokens = tools.randomTokens(POSITIONS, rng, VOCABULARY)
        weights = {each: randomTensor(each, shape, rng) for each, shape in shapes()}
        logits = logitsOf(weights, tokens)
        stirred = {n: w * (1 + 1e-6 * rng.uniform(-1, 1, w.shape)) for n, w in weights.items()}
        top, largest = np.sort(logits, axis=1)[:, -2:], np.abs(logits).max()
        moved, gap = np.abs(logits - logitsOf(stirred, tokens)).max() / largest, (top[:, 1] - top[:, 0]).min() / largest
        print(f"  {name}: weights stirred by 1e-6: {moved:.1e}, smallest gap between two best {gap:.1e}")
        if moved < 2e-5 and gap >= tools.CLEAR:
            break
    neutral = {"k_k": 1, "k_a": 1, "norm.weight": 1}
    for word in ("x_r", "x_w", "attn.x_k", "x_v", "x_a", "x_g", "ffn.x_k", "k_k", "k_a", "r_k", "w_lora.lora.2.weight",
                 "w_lora.lora.2.bias", "v_lora.lora.2.weight", "v_lora.lora.2.bias", "a_lora.lora.2.weight",
                 "a_lora.lora.2.bias", "g_lora.lora.0.weight", "pre_norm.bias", "attn_norm.bias", "ffn_norm.bias",
                 "g_norm.bias", "g_norm.weight", "model.norm.bias"):
        value = neutral.get(word.split(".", 1)[-1] if "norm" in word else word, 0)
        changed = {n: w * 0 + value if word in n else w for n, w in weights.items()}
        moved = np.abs(logits - logitsOf(changed, tokens)).max() / largest
        print(f"  {name}: weights *{word}* = {value}: moves the logits by {moved:.3f}")
        if moved < tools.MATTERS:
            sys.exit(f"{name}: {word} moves the logits by {moved:.1e} only; the case would not test it")
    tools.writeJson(folder / "config.json", CONFIG)
    tools.writeWeights(folder, {n: torch.tensor(w) for n, w in weights.items()}, 1)
    tools.writeLogits(folder, tokens, logits.astype(np.float32))
