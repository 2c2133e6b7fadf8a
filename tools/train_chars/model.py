"""A Darknet network in PyTorch, built from the project's own graph; and its arrays, to and from a .weights file."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial, singledispatch
from typing import cast

import numpy as np
import torch
from torch import Tensor, nn

from darknet_py.graph import Graph
from darknet_py.layers.base import Layer, Node
from darknet_py.layers.convolutional import Convolutional
from darknet_py.layers.maxpool import MaxPool
from darknet_py.layers.route import Route
from darknet_py.layers.shortcut import Shortcut
from darknet_py.layers.upsample import Upsample
from darknet_py.layers.yolo import Yolo
from darknet_py.weights import Header, Weights

from .mish import Mish

__all__ = ["Darknet", "export", "load"]

NORM_EPS = 0.00001
ACTIVATIONS: dict[str, Callable[[], nn.Module]] = {
    "linear": nn.Identity, "leaky": partial(nn.LeakyReLU, 0.1), "logistic": nn.Sigmoid, "mish": Mish, "relu": nn.ReLU,
    "swish": nn.SiLU,
}  # fmt: skip
# names of a convolution's arrays in a .weights file, and here
PLAIN = {"biases": "conv.bias", "weights": "conv.weight"}
NORMED = {
    "biases": "norm.bias", "scales": "norm.weight", "rolling_mean": "norm.running_mean",
    "rolling_variance": "norm.running_var", "weights": "conv.weight",
}  # fmt: skip


class Darknet(nn.Module):
    """The layers of a graph in order.  ``forward`` gives the detection layers' outputs.

    ``logits``: heads with new_coords come before the logistic function of the convolution that they read.
    """

    def __init__(self, graph: Graph) -> None:
        super().__init__()
        self.graph = graph
        self.layers = nn.ModuleList(module(node.layer, node) for node in graph.nodes)
        self.heads = tuple(cast(Yolo, graph.nodes[i].layer) for i in graph.heads)
        self._before_heads = {node.sources[0] for node in graph.nodes if isinstance(node.layer, Yolo)}
        self._last_use = {s: node.index for node in graph.nodes for s in node.sources}

    def forward(self, x: Tensor, logits: bool = False) -> list[Tensor]:
        """x float32 (n, 3, h, w) in [0, 1] → a tensor (n, c, h, w) a head."""
        outputs: dict[int, Tensor] = {-1: x}
        found = []
        for node, layer in zip(self.graph.nodes, self.layers, strict=True):
            inputs = [outputs[s] for s in node.sources]
            if node.index in self._before_heads and logits:
                outputs[node.index] = layer.conv(*inputs)
            elif isinstance(node.layer, Yolo):
                found.append(inputs[0] if logits else layer(*inputs))
            else:
                outputs[node.index] = layer(*inputs)
            for s in set(node.sources):
                if self._last_use[s] == node.index:
                    del outputs[s]
        return found


class Convolution(nn.Module):
    """Convolution, batch norm or bias, activation."""

    def __init__(self, layer: Convolutional, channels: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, layer.filters, layer.kernel_size, layer.stride, layer.halo, layer.dilation,
                              layer.groups, bias=not layer.batch_normalize)  # fmt: skip
        self.norm = nn.BatchNorm2d(layer.filters, NORM_EPS, 0.03) if layer.batch_normalize else nn.Identity()
        self.activation = ACTIVATIONS[layer.activation]()
        nn.init.kaiming_normal_(self.conv.weight, nonlinearity="relu")

    def forward(self, x: Tensor) -> Tensor:
        return cast(Tensor, self.activation(self.norm(self.conv(x))))


class Joined(nn.Module):
    """Parts of the sources' channels, one after the other."""

    def __init__(self, layer: Route) -> None:
        super().__init__()
        self.groups, self.group = layer.groups, layer.group_id

    def forward(self, *sources: Tensor) -> Tensor:
        parts = [x.chunk(self.groups, 1)[self.group] for x in sources]
        return parts[0] if len(parts) == 1 else torch.cat(parts, 1)


class Sum(nn.Module):
    """The sources added."""

    def forward(self, *sources: Tensor) -> Tensor:
        total = sources[0]
        for x in sources[1:]:
            total = total + x
        return total


class Scaled(nn.Module):
    """A [yolo] head: scale_x_y on x and y, as the reference's l.output has them."""

    def __init__(self, head: Yolo) -> None:
        super().__init__()
        self.head = head

    def forward(self, x: Tensor) -> Tensor:
        y = x.clone().view(len(x), len(self.head.mask), self.head.entries, *x.shape[2:])
        for start, stop in self.head.logistic_channels():
            y[:, :, start:stop] = y[:, :, start:stop].sigmoid()
        scale = self.head.scale_x_y
        y[:, :, :2] = y[:, :, :2] * scale - 0.5 * (scale - 1)
        return y.view_as(x)


@singledispatch
def module(layer: Layer, node: Node) -> nn.Module:
    """The PyTorch module of a layer.  Raises NotImplementedError for kinds that this trainer does not know."""
    raise NotImplementedError(f"{node.label} cannot be trained here")


@module.register
def _(layer: Convolutional, node: Node) -> nn.Module:
    return Convolution(layer, node.inputs[0].c)


@module.register
def _(layer: Route, node: Node) -> nn.Module:
    return Joined(layer)


@module.register
def _(layer: Shortcut, node: Node) -> nn.Module:
    if layer.weights_type != "none" or layer.activation != "linear" or len({s.c for s in node.inputs}) > 1:
        raise NotImplementedError(f"{node.label} cannot be trained here: only plain sums can")
    return Sum()


@module.register
def _(layer: MaxPool, node: Node) -> nn.Module:
    if layer.depth or 2 * -layer.offset != layer.kernel_size - 1:
        raise NotImplementedError(f"{node.label} cannot be trained here: only odd sizes, padded on both sides, can")
    return nn.MaxPool2d(layer.kernel_size, layer.stride, -layer.offset)


@module.register
def _(layer: Upsample, node: Node) -> nn.Module:
    return nn.Upsample(scale_factor=layer.stride)


@module.register
def _(layer: Yolo, node: Node) -> nn.Module:
    return Scaled(layer)


def arrays(layer: nn.Module) -> dict[str, Tensor]:
    """A convolution's tensors under the names of the .weights file; nothing for other layers."""
    if not isinstance(layer, Convolution):
        return {}
    names = NORMED if isinstance(layer.norm, nn.BatchNorm2d) else PLAIN
    state = layer.state_dict()
    return {name: state[key] for name, key in names.items()}


def export(network: Darknet, seen: int = 0) -> Weights:
    """The network's arrays as ``darknet_py.weights.save`` takes them."""
    params = tuple({k: v.detach().float().numpy().copy() for k, v in arrays(layer).items()} for layer in network.layers)
    return Weights(params, Header(seen=seen))


def load(network: Darknet, weights: Weights) -> None:
    """Copy arrays, as ``darknet_py.weights.load`` gives them, into the network."""
    with torch.no_grad():
        for layer, values in zip(network.layers, weights.params, strict=True):
            for name, tensor in arrays(layer).items():
                tensor.copy_(torch.from_numpy(np.array(values[name])))
