"""Residual sums into the convolutions before them, as nodes: the same bits with less work."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from ..layers.activations import ACTIVATIONS
from ..layers.base import Layer, Node, PassThrough
from ..layers.convolutional import Convolutional
from ..layers.shortcut import Shortcut
from ..shapes import Shape
from .layout import border, is_depthwise, is_planar

__all__ = ["ConvolutionWithSum", "Summed", "adds", "fuse_sums", "homes_of_sums"]


@dataclass(frozen=True)
class ConvolutionWithSum(Layer):
    """A convolution that adds the output of layer ``addend``, of the same shape, to its own after the activation."""

    kind: ClassVar[str] = "convolutional"
    convolution: Convolutional
    addend: int


@border.register(ConvolutionWithSum)
def _(layer: ConvolutionWithSum, inputs: tuple[Shape, ...]) -> int:
    return border(layer.convolution, inputs)


@dataclass(frozen=True)
class Summed(PassThrough):
    """What is left of a [shortcut] whose sum layer ``convolution`` does: its first source, unchanged."""

    kind: ClassVar[str] = "shortcut"
    convolution: int


def fuse_sums(nodes: Sequence[Node], outputs: Sequence[int]) -> tuple[Node, ...]:
    """The nodes, residual sums done by their convolutions where nothing else reads those.

    The same bits: both round the activation first, then the sum.
    """
    readers = Counter(s for node in nodes for s in node.sources) + Counter(outputs)
    by_index, planes = {node.index: node for node in nodes}, _planes(nodes)
    fused = dict(by_index)
    for node in filter(_is_plain_sum, nodes):
        source, addend = _only_reader(node.sources[0], readers, by_index, planes), node.sources[-1]
        if source is not None and addend < source and addend not in planes:
            fused[source] = _with_sum(by_index[source], addend)
            fused[node.index] = replace(node, layer=Summed(node.sources[:1], source), inputs=node.inputs[:1])
    return tuple(fused.values())


def homes_of_sums(nodes: Iterable[Node]) -> dict[int, int]:
    """{[shortcut]: the convolution that does its sum}"""
    return {node.index: node.layer.convolution for node in nodes if isinstance(node.layer, Summed)}


def _with_sum(node: Node, addend: int) -> Node:
    assert isinstance(node.layer, Convolutional)
    return replace(node, layer=ConvolutionWithSum(node.sources, node.layer, addend))


def _is_plain_sum(node: Node) -> bool:
    layer = node.layer
    plain = isinstance(layer, Shortcut) and layer.weights_type == "none" and layer.activation == "linear"
    return plain and len(node.inputs) == 2 and node.inputs[0] == node.inputs[1]


def _only_reader(index: int, readers: Counter[int], nodes: Mapping[int, Node], planes: Container[int]) -> int | None:
    """The convolution that is layer ``index``, past layers that change nothing, if it is read once and can add."""
    while index in nodes and readers[index] == 1:
        node = nodes[index]
        if _can_add(node, planes):
            return index
        slices = node.layer.slices(node.inputs)
        if len(slices) != 1 or node.inputs[slices[0].source] != node.shape:
            return None
        index = node.sources[slices[0].source]
    return None


def _can_add(node: Node, planes: Container[int]) -> bool:
    """Whether it is a convolution that can add, and whose input need not be brought into blocks first."""
    layer = node.layer
    if not isinstance(layer, Convolutional) or not adds(layer, node.inputs):
        return False
    return layer.groups == 1 or node.sources[0] not in planes


def adds(layer: Convolutional, inputs: tuple[Shape, ...]) -> bool:
    """Whether it writes its output at once: not group by group, nor to be normalized afterwards."""
    return (layer.groups == 1 or is_depthwise(layer, inputs)) and not ACTIVATIONS[layer.activation].across_channels


def _planes(nodes: Iterable[Node]) -> set[int]:
    """The layers that may be stored as planes: the network's input, heads, and views of one of them."""
    planes = {-1}
    for node in nodes:
        slices = node.layer.slices(node.inputs)
        if node.sources[slices[0].source] in planes if len(slices) == 1 else is_planar(node.layer):
            planes.add(node.index)
    return planes
