"""What OpenCV tells about a network's layers without running it: shapes, operations, memory, weights, a drawing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from math import prod
from typing import Any

import numpy as np
import numpy.typing as npt

from ...engine_api.profile import Profile
from ...graph import Graph
from ...layers.base import Layer as DarknetLayer
from ...layers.head import DetectionHead
from .dnn_layers import DnnLayer, table
from .errors import missing

__all__ = ["Layer", "blobs", "flops", "graphviz", "memory", "shapes", "shares"]

Array = npt.NDArray[np.float32]
Arrays = Mapping[str, Array]
Dims = tuple[int, ...]

FLOAT = 4  # bytes
STYLE = 'fillcolor="#ffffb3" style=filled shape=box'


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
    layers = table(graph)
    outputs += [layer.blob_shape(n) for layer in layers]
    reads = [[outputs[0]], *([outputs[source] for source in layer.sources] for layer in layers)]
    return list(zip(reads, outputs, strict=True))


def flops(graph: Graph, n: int) -> list[int]:
    """Floating-point operations of the input and each layer as Darknet counts them, at the first of each of its layers."""
    left = {node.index: int(n * node.layer.flops(node.inputs, node.shape)) for node in graph.nodes}
    return [0, *(0 if layer.type == "Permute" else left.pop(layer.node, 0) for layer in table(graph))]


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
    """The weights of a layer, taken from those of its layer of Darknet, as OpenCV shapes them; none of another's."""
    if isinstance(darknet, DetectionHead):
        return [darknet.masked_anchors.reshape(1, -1)] if layer.type == "Region" else []
    return _BLOBS[layer.type](layer, arrays) if arrays and layer.type in _BLOBS else []


def graphviz(layers: Sequence[DnnLayer], input_name: str, shapes: Sequence[Sequence[int]]) -> str:
    """The layers as ``dump`` gives them; ``shapes``: of the outputs of the input and of each layer."""
    names = [input_name, *(layer.name for layer in layers)]
    types = ["Input", *(layer.type for layer in layers)]
    sizes = [" x ".join(map(str, shape)) for shape in shapes]
    boxes = [
        f'\t"{name}" [label="{name}\\n{type}\\noutput: {size}\\l" {STYLE}]'
        for name, type, size in zip(names, types, sizes, strict=True)
    ]
    arrows = [f'\t"{names[source]}" -> "{layer.name}"' for layer in layers for source in layer.sources]
    return "\n".join(["digraph G {", *boxes, "", *arrows, "}", ""])


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
