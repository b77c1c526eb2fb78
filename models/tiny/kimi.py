# SPDX-License-Identifier: Apache-2.0
"""The Kimi Linear architecture in plain torch, for training: weights go by their names in the checkpoint.

Delta attention runs in chunks: inside a chunk the recurrence is a triangular system, between chunks a state is handed on.
"""

import math

import torch
import torch.nn.functional as F

CHUNK = 16
FASTEST = -10.0  # log decay of a token: e^-10 counts as nothing, or float32 would overflow; moves logits by 2e-5
FLOAT32 = ("A_log", "dt_bias", "e_score_correction_bias")  # never rounded to bfloat16


def expertName(layer, expert, part):
    return f"model.layers.{layer}.block_sparse_moe.experts.{expert}.{part}.weight"


def initialWeights(config, generator):
    """Seeded float32 weights by checkpoint name."""
    hidden, linear = config["hidden_size"], config["linear_attn_config"]
    heads, width = linear["num_heads"], linear["head_dim"]
    inner = heads * width
    weights = {}

    def normal(name, *shape, scale=1.0):
        weights[name] = torch.randn(shape, generator=generator) * scale / shape[-1] ** 0.5

    def uniform(low, high, *shape):
        return low + (high - low) * torch.rand(shape, generator=generator)

    def feedForward(prefix, size, names=("gate_proj", "up_proj", "down_proj")):
        gate, up, down = names
        normal(f"{prefix}.{gate}.weight", size, hidden)
        normal(f"{prefix}.{up}.weight", size, hidden)
        normal(f"{prefix}.{down}.weight", hidden, size, scale=residual)

    residual = (2 * config["num_hidden_layers"]) ** -0.5  # keeps the sum over the layers of order 1
    normal("model.embed_tokens.weight", config["vocab_size"], hidden, scale=0.5 * hidden**0.5)
    normal("lm_head.weight", config["vocab_size"], hidden, scale=0.2)
    weights["model.norm.weight"] = torch.ones(hidden)
    for layer in range(config["num_hidden_layers"]):
        base = f"model.layers.{layer}"
        mixer = f"{base}.self_attn"
        weights[f"{base}.input_layernorm.weight"] = torch.ones(hidden)
        weights[f"{base}.post_attention_layernorm.weight"] = torch.ones(hidden)
        if layer + 1 in linear["kda_layers"]:
            for name in "qkv":
                normal(f"{mixer}.{name}_proj.weight", inner, hidden)
                normal(f"{mixer}.{name}_conv1d.weight", inner, 1, linear["short_conv_kernel_size"])
            for name in "fg":
                normal(f"{mixer}.{name}_a_proj.weight", width, hidden)
                normal(f"{mixer}.{name}_b_proj.weight", inner, width)
            normal(f"{mixer}.b_proj.weight", heads, hidden)
            normal(f"{mixer}.o_proj.weight", hidden, inner, scale=residual)
            weights[f"{mixer}.o_norm.weight"] = torch.ones(width)
            weights[f"{mixer}.A_log"] = uniform(1, 8, 1, 1, heads, 1).log()
            step = uniform(math.log(1e-3), math.log(1e-1), inner).exp()
            weights[f"{mixer}.dt_bias"] = step + torch.log(-torch.expm1(-step))  # softplus gives `step` back
        else:
            count, latent = config["num_attention_heads"], config["kv_lora_rank"]
            nope, rope, value = (config[name] for name in ("qk_nope_head_dim", "qk_rope_head_dim", "v_head_dim"))
            normal(f"{mixer}.q_proj.weight", count * (nope + rope), hidden)
            normal(f"{mixer}.kv_a_proj_with_mqa.weight", latent + rope, hidden)
            weights[f"{mixer}.kv_a_layernorm.weight"] = torch.ones(latent)
            normal(f"{mixer}.kv_b_proj.weight", count * (nope + value), latent)
            normal(f"{mixer}.o_proj.weight", hidden, count * value, scale=residual)
        if layer < config["first_k_dense_replace"]:
            feedForward(f"{base}.mlp", config["intermediate_size"])
            continue
        experts, size = config["num_experts"], config["moe_intermediate_size"]
        normal(f"{base}.block_sparse_moe.gate.weight", experts, hidden)
        weights[f"{base}.block_sparse_moe.gate.e_score_correction_bias"] = torch.zeros(experts)
        for expert in range(experts):
            feedForward(f"{base}.block_sparse_moe.experts.{expert}", size, ("w1", "w3", "w2"))
        feedForward(f"{base}.block_sparse_moe.shared_experts", size * config["num_shared_experts"])
    return weights


def rmsNorm(x, weight, eps):
    return x * torch.rsqrt(x.square().mean(-1, keepdim=True) + eps) * weight


def l2Norm(x):
    return x * torch.rsqrt(x.square().sum(-1, keepdim=True) + 1e-6)


def deltaRule(q, k, v, g, beta):
    """Gated delta rule with a decay a channel. q, k, v, g: [B, H, T, D]; beta: [B, H, T]; T a multiple of CHUNK."""
    batch, heads, length, width = q.shape
    q, k, v, g, beta = (x.reshape(batch * heads, length // CHUNK, CHUNK, -1) for x in (q, k, v, g, beta))
    total = g.clamp(min=FASTEST).cumsum(2)
    last = total[:, :, -1:]
    # Decays from j to i as products of two exponentials about the middle of the chunk: e^80 at most, no overflow.
    middle = total[:, :, CHUNK // 2 - 1:CHUNK // 2]
    later, inverse = (total - middle).exp(), (k * (middle - total).exp()).transpose(-1, -2)
    above = torch.ones(CHUNK, CHUNK, dtype=torch.bool).triu(1)
    reads = ((q * later) @ inverse).masked_fill(above, 0)
    weighted = beta * k
    among = ((weighted * later) @ inverse).masked_fill(above, 0)  # the solver takes its diagonal as 1
    fromStart = total.exp()
    solved = torch.linalg.solve_triangular(
        among, torch.cat((beta * v, weighted * fromStart), -1), upper=False, unitriangular=True)
    written, recalled = solved.split(width, -1)
    queries = q * fromStart
    keys = (k * (last - total).exp()).transpose(-1, -2)
    decay = last.exp().transpose(-1, -2)
    state = q.new_zeros(batch * heads, width, width)
    outputs = []
    for query, read, write, recall, key, fade in zip(
            *(x.unbind(1) for x in (queries, reads, written, recalled, keys, decay))):
        fresh = write - recall @ state
        outputs.append(query @ state + read @ fresh)
        state = fade * state + key @ fresh
    return torch.stack(outputs, 1).reshape(batch, heads, length, width)


def deltaAttention(x, weights, config):
    linear, eps = config["linear_attn_config"], config["rms_norm_eps"]
    heads, width, taps = linear["num_heads"], linear["head_dim"], linear["short_conv_kernel_size"]
    batch, length, _ = x.shape
    inner = heads * width
    names = ["q_proj", "k_proj", "v_proj", "f_a_proj", "g_a_proj", "b_proj"]
    parts = F.linear(x, torch.cat([weights[f"{name}.weight"] for name in names]))
    mixed, decay, gate, beta = parts.split([3 * inner, width, width, heads], -1)
    taken = torch.cat([weights[f"{name}_conv1d.weight"] for name in "qkv"])[:, 0]
    padded = F.pad(mixed, (0, 0, taps - 1, 0))
    mixed = F.silu(sum(padded[:, i:i + length] * taken[:, i] for i in range(taps)))
    q, k, v = (part.unflatten(-1, (heads, width)).transpose(1, 2) for part in mixed.split(inner, -1))
    decay = F.softplus(F.linear(decay, weights["f_b_proj.weight"]) + weights["dt_bias"])
    decay = -weights["A_log"].exp().view(heads, 1, 1) * decay.unflatten(-1, (heads, width)).transpose(1, 2)
    out = deltaRule(l2Norm(q) * width**-0.5, l2Norm(k), v, decay, beta.sigmoid().transpose(1, 2))
    out = rmsNorm(out.transpose(1, 2), weights["o_norm.weight"], eps)
    gate = F.linear(gate, weights["g_b_proj.weight"]).unflatten(-1, (heads, width)).sigmoid()
    return F.linear((out * gate).flatten(-2), weights["o_proj.weight"])


def latentAttention(x, weights, config):
    heads, latent = config["num_attention_heads"], config["kv_lora_rank"]
    nope, rope, value = (config[name] for name in ("qk_nope_head_dim", "qk_rope_head_dim", "v_head_dim"))
    q = F.linear(x, weights["q_proj.weight"]).unflatten(-1, (heads, nope + rope)).transpose(1, 2)
    compressed, shared = F.linear(x, weights["kv_a_proj_with_mqa.weight"]).split([latent, rope], -1)
    compressed = rmsNorm(compressed, weights["kv_a_layernorm.weight"], 1e-6)  # not rms_norm_eps: as transformers
    both = F.linear(compressed, weights["kv_b_proj.weight"]).unflatten(-1, (heads, nope + value)).transpose(1, 2)
    k, v = both.split([nope, value], -1)
    k = torch.cat((k, shared[:, None].expand(-1, heads, -1, -1)), -1)
    out = F.scaled_dot_product_attention(q, k, v, is_causal=True, scale=(nope + rope) ** -0.5)
    return F.linear(out.transpose(1, 2).flatten(-2), weights["o_proj.weight"])


def feedForward(x, weights):
    inner = F.silu(F.linear(x, weights["gate_proj.weight"])) * F.linear(x, weights["up_proj.weight"])
    return F.linear(inner, weights["down_proj.weight"])


def mixture(x, weights, config, loads):
    """Routed experts, computed all for all tokens and weighted (most weights being 0), beside the shared one.

    Appends to `loads` how many tokens chose each expert.
    """
    experts, top = config["num_experts"], config["num_experts_per_token"]
    scores = F.linear(x, weights["gate.weight"]).sigmoid()
    chosen = (scores + weights["gate.e_score_correction_bias"]).topk(top, -1).indices
    taken = torch.zeros_like(scores).scatter(-1, chosen, 1.0)
    loads.append(taken.detach().flatten(0, -2).sum(0))
    taken = taken * scores
    taken = taken / (taken.sum(-1, keepdim=True) + 1e-20) * config["routed_scaling_factor"]
    w1, w2, w3 = (torch.cat([weights[f"experts.{e}.{part}.weight"] for e in range(experts)], int(part == "w2"))
                  for part in ("w1", "w2", "w3"))
    inner = F.silu(F.linear(x, w1)) * F.linear(x, w3)
    inner = (inner.unflatten(-1, (experts, -1)) * taken[..., None]).flatten(-2)
    shared = {name[15:]: weight for name, weight in weights.items() if name.startswith("shared_experts.")}
    return F.linear(inner, w2) + feedForward(x, shared)


def forward(weights, config, tokens):
    """Logits [B, T, vocabulary] of token ids [B, T], T a multiple of CHUNK, and each sparse layer's expert loads."""
    loads, groups = [], {}
    for name, weight in weights.items():
        if name.startswith("model.layers."):
            _, _, layer, block, rest = name.split(".", 4)
            groups.setdefault((int(layer), block), {})[rest] = weight
    eps = config["rms_norm_eps"]
    h = weights["model.embed_tokens.weight"][tokens]
    for layer in range(config["num_hidden_layers"]):
        mixer = deltaAttention if layer + 1 in config["linear_attn_config"]["kda_layers"] else latentAttention
        h = h + mixer(rmsNorm(h, groups[layer, "input_layernorm"]["weight"], eps), groups[layer, "self_attn"], config)
        x = rmsNorm(h, groups[layer, "post_attention_layernorm"]["weight"], eps)
        if (layer, "mlp") in groups:
            h = h + feedForward(x, groups[layer, "mlp"])
        else:
            h = h + mixture(x, groups[layer, "block_sparse_moe"], config, loads)
    return F.linear(rmsNorm(h, weights["model.norm.weight"], eps), weights["lm_head.weight"]), loads
