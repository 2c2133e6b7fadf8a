"""Muon: the momentum of a kernel, made orthogonal, is its step; so all its directions learn alike.

K. Jordan and others, 2024.  PyTorch's own Muon takes matrices only, one at a time; here kernels of one shape go together.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor

__all__ = ["Muon", "orthogonal"]

QUINTIC = 3.4445, -4.7750, 2.0315   # a s + b s³ + c s⁵: moves singular values s in (0, 1] to about 1
ROUNDS = 5


class Muon(torch.optim.Optimizer):
    """For kernels (out, in, height, width), each taken as a matrix of ``out`` rows."""

    def __init__(self, kernels: Iterable[Tensor], lr: float, momentum: float = 0.95, weight_decay: float = 0.0) -> None:
        super().__init__(kernels, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:
        """One step against the gradients."""
        for group in self.param_groups:
            alike = defaultdict(list)
            for kernel in group["params"]:
                alike[kernel.shape].append(kernel)
            for kernels in alike.values():
                self._move(kernels, **{k: group[k] for k in ("lr", "momentum", "weight_decay")})

    def _move(self, kernels: list[Tensor], lr: float, momentum: float, weight_decay: float) -> None:
        steps = orthogonal(torch.stack([self._gradient(k, momentum).flatten(1) for k in kernels]))
        _, rows, columns = steps.shape
        for kernel, step in zip(kernels, steps, strict=True):
            kernel.mul_(1 - lr * weight_decay)
            kernel.add_(step.view_as(kernel), alpha=-lr * max(1.0, rows / columns) ** 0.5)

    def _gradient(self, kernel: Tensor, momentum: float) -> Tensor:
        """Its running mean, looked ahead as Nesterov does."""
        state = self.state[kernel]
        if not state:
            state["mean"] = torch.zeros_like(kernel)
        mean = state["mean"].lerp_(kernel.grad, 1 - momentum)
        return kernel.grad.lerp(mean, momentum)


def orthogonal(matrices: Tensor) -> Tensor:
    """Matrices (n, rows, columns) → the same directions, singular values between about 0.7 and 1.2."""
    a, b, c = QUINTIC
    high = matrices.shape[1] > matrices.shape[2]
    x = matrices.mT if high else matrices
    x = x.bfloat16()
    x = x / (x.norm(dim=(1, 2), keepdim=True) + 1e-7)
    for _ in range(ROUNDS):
        square = x @ x.mT
        x = a * x + (b * square + c * square @ square) @ x
    return (x.mT if high else x).float()
