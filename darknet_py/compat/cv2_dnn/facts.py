"""What OpenCV tells about a network's layers without running it: shapes, operations, memory, weights."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from math import prod
from typing import Any

import numpy as np
import numpy.typing as npt

from ...engine.profile import Profile
from ...graph import Graph
from ...layers.base import Layer as DarknetLayer
from ...layers.head import DetectionHead
from .layers import DnnLayer, table
from .missing import missing

__all__ = ["Layer", "blobs", "flops", "memory", "shapes", "shares"]

Array = npt.NDArray[np.float32]
Arrays = Mapping[str, Array]
Dims = tuple[int, ...]

FLOAT = 4  # bytes


@dataclass(frozen=True)
class Layer:
    """What getLayer gives.  ``blobs``: its weights, as they are in the file."""

    name: str
    type: str
    blobs: list[Array] = field(default_factory=list, repr=False)
    preferableTarget: int = 0

    def outputNameToIndex(self, outputName: str) -> int:
        """0: every layer has one output."""
        return 0

    def __getattr__(self, name: str) -> Any:
        return missing(self, "Layer", name)


def shapes(graph: Graph, n: int) -> list[tuple[list[Dims], Dims]]:
    """For the input and each layer the shapes of what it reads and of its output, for a batch of ``n``."""
    outputs: list[Dims] = [(n, *graph.net.shape)]
    found: list[tuple[list[Dims], Dims]] = [(outputs[:], outputs[0])]
    for layer in table(graph):
        outputs.append(layer.blob_shape(n))
        found.append(([outputs[source] for source in layer.sources], outputs[-1]))
    return found


def flops(graph: Graph, n: int) -> list[int]:
    """Floating-point operations of the input and each layer as Darknet counts them, at the first of each of its layers."""
    counted: set[int] = set()
    found = [0]
    for layer in table(graph):
        node = graph.nodes[layer.node]
        new = layer.type != "Permute" and layer.node not in counted
        found.append(int(n * node.layer.flops(node.inputs, node.shape)) if new else 0)
        counted |= {layer.node} if new else set()
    return found


def memory(graph: Graph, n: int) -> list[tuple[int, int]]:
    """Bytes of the weights and of the output of the input and each layer."""
    weights = [0]
    for layer in table(graph):
        node = graph.nodes[layer.node]
        empty = {param.name: np.broadcast_to(np.float32(0), param.shape) for param in node.params}
        weights.append(FLOAT * sum(blob.size for blob in blobs(layer, node.layer, empty)))
    return [(size, FLOAT * prod(output)) for size, (_, output) in zip(weights, shapes(graph, n), strict=True)]


def shares(profile: Profile, layers: Sequence[DnnLayer]) -> npt.NDArray[np.float64]:
    """What part of the time each layer takes: (layers,); those that others compute have 0."""
    seconds = {part.index: part.seconds for part in profile.layers}
    times = [0.0 if layer.type == "Permute" else seconds.pop(layer.node, 0.0) for layer in layers]
    return np.array(times) / max(sum(times), 1e-12)


def blobs(layer: DnnLayer, darknet: DarknetLayer, arrays: Arrays) -> list[Array]:
    """The weights of a layer, taken from those of its layer of Darknet, as OpenCV shapes them."""
    if isinstance(darknet, DetectionHead):
        return [darknet.masked_anchors.reshape(1, -1)] if layer.type == "Region" else []
    return _BLOBS[layer.type](layer, arrays) if layer.type in _BLOBS else []


def _weighted(layer: DnnLayer, arrays: Arrays) -> list[Array]:
    """Weights, and biases where no batch norm follows."""
    biases = [] if ("batch_normalize", False) in layer.changes else [arrays["biases"].reshape(1, -1)]
    return [arrays["weights"], *biases]


def _normalizing(layer: DnnLayer, arrays: Arrays) -> list[Array]:
    return [arrays[name].reshape(1, -1) for name in ("rolling_mean", "rolling_variance", "scales", "biases")]


_BLOBS: dict[str, Callable[[DnnLayer, Arrays], list[Array]]] = {
    "BatchNorm": _normalizing,
    "Convolution": _weighted,
    "InnerProduct": _weighted,
}
