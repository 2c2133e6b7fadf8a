"""Which networks have a model whose input may be of any size, in steps of their stride."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from ..errors import ExportError, ShapeError
from ..graph import Graph
from ..layers.base import Layer, Node
from ..layers.connected import Connected
from ..layers.crop import Crop
from ..layers.detection import Detection
from ..layers.local import Local
from ..layers.softmax import Softmax
from ..shapes import Shape

__all__ = ["check_any_size"]

INPUT = -1
# Layers that are made for one size of their input, and why
FIXED: dict[type[Layer], str] = {
    Connected: "has a weight for each value of its input", Crop: "takes a part of its input that has its own size",
    Detection: "has a number of cells of its own", Local: "has weights for each place of its input",
    Softmax: "compares all places of its input with each other",
}  # fmt: skip


def check_any_size(graph: Graph, needed: Collection[int]) -> frozenset[int]:
    """The layers, of those that are ``needed``, whose size follows that of the input.

    Raises ExportError when one of them has no form for other sizes.
    """
    width, height = graph.net.width, graph.net.height
    across, down = graph.stride
    if width % across or height % down:
        raise ExportError(f"{width} x {height} is no multiple of the network's strides, {across} and {down}, which an input "
                          "of any size must be; write one that is into the cfg, or leave out -size dynamic")  # fmt: skip
    shapes = {INPUT: replace(graph.net, width=width + across, height=height + 2 * down).shape}
    for node in graph.nodes:
        inputs = tuple(shapes[source] for source in node.sources)
        if node.index in needed and inputs != node.inputs and (reason := FIXED.get(type(node.layer))):
            raise _fixed(node, reason)
        shapes[node.index] = _shape(node, inputs) if node.index in needed else node.shape
    return frozenset(node.index for node in graph.nodes if shapes[node.index] != node.shape)


def _shape(node: Node, inputs: tuple[Shape, ...]) -> Shape:
    try:
        return node.layer.shape(inputs)
    except ShapeError as e:
        raise _fixed(node, f"{e.message}, at another size") from e


def _fixed(node: Node, reason: str) -> ExportError:
    return ExportError(f"{node.label} {reason}; leave out -size dynamic, and export the network at each size that you need")
