"""The layers of a network as OpenCV 4 names, numbers and shapes them.

A layer of Darknet is several there: convolution, batch norm and activation; the permutation before a head and the head.
The number in a name is the layer's in the cfg, one more for an activation: ``conv_0``, ``bn_0``, ``leaky_1``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import Enum, auto
from typing import Any

from ...graph import Graph
from ...layers.base import Layer, Node
from ...layers.head import DetectionHead
from ...shapes import Shape

__all__ = ["INPUT", "Changes", "DnnLayer", "Form", "table", "unconnected"]

INPUT = 0  # the id of the network's input; layers follow
BOX = 5  # columns of a row before its classes

Changes = tuple[tuple[str, Any], ...]


class Form(Enum):
    """How the output (n, c, h, w) of a layer of Darknet is laid out."""

    MAP = auto()     # as it is
    FLAT = auto()    # (n, values)
    PIXELS = auto()  # (n, h, w, c)
    ROWS = auto()    # (n, *rows), without n if that is 1


@dataclass(frozen=True)
class DnnLayer:
    """``sources``: ids of the layers that it reads.

    Its output is that of layer number ``node`` of Darknet, of this ``shape``, with ``changes`` to that layer's fields (a
    convolution without its activation, for one), laid out in a ``form``; ``rows``: boxes and columns of a head.
    """

    name: str
    type: str
    sources: tuple[int, ...]
    node: int
    shape: Shape
    form: Form = Form.MAP
    changes: Changes = ()
    rows: tuple[int, int] = (0, 0)

    def blob_shape(self, n: int) -> tuple[int, ...]:
        """The shape of its output for a batch of ``n``."""
        return _SHAPES[self.form](n, self)


_SHAPES: dict[Form, Callable[[int, DnnLayer], tuple[int, ...]]] = {
    Form.MAP: lambda n, layer: (n, *layer.shape),
    Form.FLAT: lambda n, layer: (n, layer.shape.size),
    Form.PIXELS: lambda n, layer: (n, layer.shape.h, layer.shape.w, layer.shape.c),
    Form.ROWS: lambda n, layer: layer.rows if n == 1 else (n, *layer.rows),
}

# Kind of layer → what its name begins with, and its type in OpenCV; others go by their own names
STEMS = {
    "avgpool": ("avgpool", "Pooling"),
    "connected": ("fullyConnected", "InnerProduct"),
    "convolutional": ("conv", "Convolution"),
    "crop": ("crop", "Slice"),
    "maxpool": ("pool", "Pooling"),
    "region": ("detection_out", "Region"),
    "reorg": ("reorg", "Reorg"),
    "sam": ("sam", "Eltwise"),
    "scale_channels": ("scale_channels", "Scale"),
    "shortcut": ("shortcut", "Eltwise"),
    "softmax": ("softmax", "Softmax"),
    "upsample": ("upsample", "Resize"),
    "yolo": ("yolo", "Region"),
}
ACTIVATIONS = {
    "leaky": "ReLU", "logistic": "Sigmoid", "mish": "Mish", "relu": "ReLU", "swish": "Swish", "tanh": "TanH",
}  # fmt: skip


def table(graph: Graph) -> tuple[DnnLayer, ...]:
    """All layers in order; the first has id 1.   OpenCV: darknet_io.cpp ReadDarknetFromCfgStream"""
    layers: list[DnnLayer] = []
    homes = {-1: INPUT}  # of each layer of Darknet, the id of the one with its output
    for node in graph.nodes:
        sources = tuple(homes[s] for s in node.sources)
        layers += _parts(node, sources, layers)
        homes[node.index] = len(layers)
    return tuple(layers)


def unconnected(layers: Sequence[DnnLayer]) -> tuple[int, ...]:
    """Ids of the layers that no other one reads."""
    read = {source for layer in layers for source in layer.sources}
    return tuple(i for i in range(1, len(layers) + 1) if i not in read)


def _parts(node: Node, sources: tuple[int, ...], before: Sequence[DnnLayer]) -> list[DnnLayer]:
    """A layer of Darknet, whose sources have these ids, as layers to be put after those ``before``."""
    if isinstance(node.layer, DetectionHead):
        return _head(node, node.layer, sources, before)
    if _is_identity(node):
        return [_identity(node, sources, before)]
    if node.layer.kind == "route":
        stem, type = ("concat", "Concat") if len(sources) > 1 else ("slice", "Slice")
        return [DnnLayer(f"{stem}_{node.index}", type, sources, node.index, node.shape)]
    return _stages(node, sources, before)


def _is_identity(node: Node) -> bool:
    """Whether it passes its only source on, as [cost], [dropout] and some [route]s do."""
    return node.inputs == (node.shape,) and len(node.layer.slices(node.inputs)) == 1


def _identity(node: Node, sources: tuple[int, ...], before: Sequence[DnnLayer]) -> DnnLayer:
    """Another name for the output of its source."""
    name = f"identity_{node.index}"
    if sources[0] == INPUT:
        return DnnLayer(name, "Identity", sources, node.index, node.shape)
    return replace(before[sources[0] - 1], name=name, type="Identity", sources=sources)


def _head(node: Node, head: DetectionHead, sources: tuple[int, ...], before: Sequence[DnnLayer]) -> list[DnnLayer]:
    """The permutation that brings a box's channels together, and the boxes."""
    stem, type = STEMS.get(head.kind, (head.kind, "Region"))
    permute = DnnLayer(f"permute_{node.index}", "Permute", sources, node.sources[0], node.inputs[0], Form.PIXELS)
    name, reads = (stem, ()) if head.kind == "region" else (f"{stem}_{node.index}", (INPUT,))
    boxes = head.boxes(node.shape), BOX + head.classes
    return [permute, DnnLayer(name, type, (len(before) + 1, *reads), node.index, node.shape, Form.ROWS, rows=boxes)]


def _stages(node: Node, sources: tuple[int, ...], before: Sequence[DnnLayer]) -> list[DnnLayer]:
    """A layer, its batch norm and its activation, each reading the one before."""
    form = Form.FLAT if _is_flat(node.layer, [before[s - 1].form for s in sources if s != INPUT]) else Form.MAP
    stages: list[DnnLayer] = []
    for name, type, changes in _names(node.layer, node.index):
        reads = (len(before) + len(stages),) if stages else sources
        stages.append(DnnLayer(name, type, reads, node.index, node.shape, form, changes))
    return stages


def _names(layer: Layer, index: int) -> list[tuple[str, str, Changes]]:
    """Names, types, and what the layer must be without to give their outputs."""
    stem, type = STEMS.get(layer.kind, (layer.kind, layer.kind))
    activation = getattr(layer, "activation", "linear") if layer.kind != "activation" else "linear"
    normalized = getattr(layer, "batch_normalize", False)
    linear: Changes = (("activation", "linear"),) if activation != "linear" else ()
    sums: Changes = (("batch_normalize", False), *linear) if normalized else linear
    names: list[tuple[str, str, Changes]] = [(f"{stem}_{index}", type, sums)]
    if normalized:
        names.append((f"bn_{index}", "BatchNorm", linear))
    if activation != "linear":
        names.append((f"{activation}_{index + 1}", ACTIVATIONS.get(activation, activation), ()))
    return names


def _is_flat(layer: Layer, forms: Sequence[Form]) -> bool:
    """Whether the output has lost height and width: after [connected], until a convolution."""
    flat = bool(forms) and all(form is Form.FLAT for form in forms)
    return layer.kind == "connected" or (flat and layer.kind != "convolutional")
