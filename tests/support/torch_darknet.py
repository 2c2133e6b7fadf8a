"""A network of PyTorch that is built from a cfg and names its tensors as the published Darknet classes do."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

__all__ = ["Darknet", "heads_of", "randomize"]

ACTIVATIONS = {
    "leaky": nn.LeakyReLU(0.1), "logistic": nn.Sigmoid(), "mish": nn.Mish(), "silu": nn.SiLU(), "swish": nn.SiLU(),
}  # fmt: skip
Options = dict[str, str]


def sections(text: str) -> Iterator[tuple[str, Options]]:
    for part in re.split(r"^\[", text, flags=re.MULTILINE)[1:]:
        name, *rest = part.splitlines()
        yield name.rstrip("]"), {k.strip(): v.strip() for k, v in (line.split("=") for line in rest if "=" in line)}


class Weighted(nn.Module):
    def __init__(self, sources: int) -> None:
        super().__init__()
        self.w = nn.Parameter(torch.randn(sources))


class Implicit(nn.Module):
    def __init__(self, channels: int, mean: float) -> None:
        super().__init__()
        self.implicit = nn.Parameter(torch.randn(1, channels, 1, 1) * 0.3 + mean)


class Darknet(nn.Module):
    """``forward`` gives the heads' inputs.  ``old``: names of 2018; ``fused``: no batch norm, names of ``model.fuse()``."""

    def __init__(self, text: str, eps: float, old: bool = False) -> None:
        super().__init__()
        self.layers = list(sections(text))[1:]
        self.eps, self.old = eps, old
        self.module_list = nn.ModuleList()
        channels = [3]
        for index, (name, options) in enumerate(self.layers):
            module, c = self.made(index, name, options, channels)
            self.module_list.append(module)
            channels.append(c)

    def made(self, index: int, name: str, options: Options, channels: list[int]) -> tuple[nn.Module, int]:
        c = channels[-1]
        if name == "convolutional":
            c = int(options["filters"])
            return self.convolution(index, options, channels[-1], c), c
        if name == "BatchNorm2d":
            return nn.BatchNorm2d(c, eps=self.eps), c
        if name == "shortcut" and "weights_type" in options:
            return Weighted(1 + len(options["from"].split(","))), c
        if name.startswith("implicit"):
            c = int(options["filters"])
            return Implicit(c, float(name == "implicit_mul")), c
        if name.startswith("route"):
            found = [channels[1:][n] for n in self.sources(index, options["layers"])]
            c = sum(n // 2 for n in found) if name == "route_lhalf" else sum(found)
        return nn.Sequential(), 4 * c if name == "reorg" else c

    def convolution(self, index: int, options: Options, c: int, filters: int) -> nn.Module:
        size, norm = int(options["size"]), int(options.get("batch_normalize", 0))
        conv = nn.Conv2d(
            c, filters, size, int(options["stride"]), size // 2 if int(options["pad"]) else 0,
            groups=int(options.get("groups", 1)), bias=not norm,
        )  # fmt: skip
        parts = nn.Sequential()
        parts.add_module(f"conv_{index}" if self.old else "Conv2d", conv)
        if norm:
            parts.add_module(f"batch_norm_{index}" if self.old else "BatchNorm2d", nn.BatchNorm2d(filters, eps=self.eps))
        return parts

    def sources(self, index: int, text: str) -> list[int]:
        return [int(n) if int(n) >= 0 else index + int(n) for n in text.split(",")]

    def forward(self, x: Any) -> list[Any]:
        outputs, heads = [], []
        for index, (name, options) in enumerate(self.layers):
            if name == "yolo":
                heads.append(x)
            x = self.step(index, name, options, x, outputs)
            outputs.append(x)
        return heads

    def step(self, index: int, name: str, options: Options, x: Any, outputs: list[Any]) -> Any:
        module: Any = self.module_list[index]
        named = options.get("layers") or options.get("from") or "-1"
        others = [outputs[n] for n in self.sources(index, named)] if index else []
        if name in ("convolutional", "BatchNorm2d"):
            return ACTIVATIONS.get(options.get("activation", ""), nn.Identity())(module(x))
        if name == "shortcut":
            n = len(others) + 1
            w = torch.sigmoid(module.w) * (2 / n) if isinstance(module, Weighted) else torch.ones(n)
            return x * w[0] + sum(a * v for a, v in zip(others, w[1:]))
        if name == "maxpool":
            size, stride = int(options["size"]), int(options["stride"])
            padded = nn.functional.pad(x, (0, 1, 0, 1)) if (size, stride) == (2, 1) else x
            return nn.functional.max_pool2d(padded, size, stride, (size - 1) // 2)
        if name == "reorg":
            return torch.cat([x[..., ::2, ::2], x[..., 1::2, ::2], x[..., ::2, 1::2], x[..., 1::2, 1::2]], 1)
        return self.other(name, options, module, x, others)

    def other(self, name: str, options: Options, module: Any, x: Any, others: list[Any]) -> Any:
        if name == "upsample":
            return nn.functional.interpolate(x, scale_factor=int(options["stride"]))
        if name == "route_lhalf":
            return torch.cat([a[:, : a.shape[1] // 2] for a in others], 1)
        if name.startswith("route"):
            return torch.cat(others, 1)
        if name == "scale_channels":
            return x * others[0]
        if name == "avgpool":
            return x.mean((2, 3), keepdim=True)
        if name == "shift_channels":
            return x + others[0]
        if name == "control_channels":
            return x * others[0]
        return module.implicit if name.startswith("implicit") else x


def randomize(net: Darknet, seed: int) -> None:
    """Random numbers, and statistics of random pictures: variances down to 1e-5, so that the epsilon counts."""
    torch.manual_seed(seed)
    norms = [module for module in net.modules() if isinstance(module, nn.BatchNorm2d)]
    for parts in net.module_list:
        for module in parts.children():
            if isinstance(module, nn.Conv2d) and module.bias is None:
                module.weight.data *= 10 ** (torch.rand(len(module.weight), 1, 1, 1) * 2 - 2)
    for norm in norms:
        norm.momentum = None
        norm.weight.data = torch.rand(norm.num_features) + 0.5
        norm.bias.data = torch.randn(norm.num_features) * 0.3
    with torch.no_grad():
        net.train()(torch.rand(4, 3, 64, 64))
    net.eval()


def heads_of(net: Darknet, x: npt.NDArray[np.float32], new_coords: bool, entries: int) -> list[npt.NDArray[np.float64]]:
    """What Darknet's heads give of those of the network: (channels, h, w) each."""
    with torch.no_grad():
        raw = [head[0].double().numpy() for head in net(torch.from_numpy(x)[None])]
    return [_decoded(head, new_coords, entries) for head in raw]


def _decoded(raw: npt.NDArray[np.float64], new_coords: bool, entries: int) -> npt.NDArray[np.float64]:
    boxes = raw.reshape(-1, entries, *raw.shape[1:]).copy()
    plain = boxes[:, 2:4].copy()
    boxes = 1 / (1 + np.exp(-boxes))
    if new_coords:
        boxes[:, :2] = boxes[:, :2] * 2 - 0.5
    else:
        boxes[:, 2:4] = plain
    return boxes.reshape(raw.shape)
