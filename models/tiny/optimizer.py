# SPDX-License-Identifier: Apache-2.0
"""Muon (Jordan et al., 2024) for the matrices inside the layers, AdamW for all else."""

import torch


def orthogonal(update):
    """The nearest matrices with all singular values near 1 (Newton-Schulz); update: [N, rows, columns]."""
    wide = update.shape[1] <= update.shape[2]
    x = update if wide else update.transpose(1, 2)
    x = x / (x.norm(dim=(1, 2), keepdim=True) + 1e-7)
    for _ in range(5):
        square = x @ x.transpose(1, 2)
        x = 3.4445 * x + (-4.7750 * square + 2.0315 * square @ square) @ x
    return x if wide else x.transpose(1, 2)


class Optimizer:
    """Matrices of one shape are handled as one batch: there are many small ones."""

    def __init__(self, weights):
        trained = {name: weight for name, weight in weights.items() if weight.requires_grad}
        self.shapes, rest = {}, []
        for name, weight in trained.items():
            if weight.ndim == 2 and name.startswith("model.layers."):
                self.shapes.setdefault(tuple(weight.shape), []).append(weight)
            else:
                rest.append(weight)
        self.momenta = {shape: torch.zeros(len(found), *shape) for shape, found in self.shapes.items()}
        self.adam = torch.optim.AdamW(rest, betas=(0.9, 0.98), weight_decay=0.0, foreach=True)

    @torch.no_grad()
    def step(self, matrixRate, rate):
        for shape, found in self.shapes.items():
            gradient, momentum = torch.stack([weight.grad for weight in found]), self.momenta[shape]
            momentum.lerp_(gradient, 0.05)
            update = orthogonal(gradient.lerp(momentum, 0.95))
            scale = matrixRate * max(1, shape[0] / shape[1]) ** 0.5
            torch._foreach_mul_(found, 1 - 0.1 * matrixRate)
            torch._foreach_add_(found, list(update.unbind()), alpha=-scale)
        for group in self.adam.param_groups:
            group["lr"] = rate
        self.adam.step()

    def state(self):
        return {"momenta": self.momenta, "adam": self.adam.state_dict()}

    def load(self, state):
        self.momenta = state["momenta"]
        self.adam.load_state_dict(state["adam"])
