"""Sections → Graph: layer numbers resolved, shapes inferred and checked; and the table of layers.

C: parser.c parse_network_cfg_custom
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from math import ceil

import numpy as np

from .cfg import Section
from .errors import CfgError, DarknetWarning, ShapeError
from .layers import is_head, parse_layer, parse_net
from .layers.base import TRAINING, Layer, Node, Shape, giga, label
from .layers.net import NetOptions

__all__ = ["HEADER", "MAX_ELEMENTS", "Graph", "billions", "build", "rows", "summary"]

MAX_ELEMENTS = 2**31 - 1

HEADER = "   layer   filters  size/strd(dil)      input                output"


@dataclass(frozen=True)
class Graph:
    """A network whose layers fit together: [net] and a node a layer, in order."""

    net: NetOptions
    nodes: tuple[Node, ...]

    @cached_property
    def heads(self) -> tuple[int, ...]:
        """Numbers of the detection layers, in order; without any, of the last layer that is not [cost].

        C: network.c get_network_output
        """
        heads = tuple(node.index for node in self.nodes if is_head(node.layer))
        last = max((n.index for n in self.nodes if n.layer.kind != "cost"), default=0)
        return heads or (last,)

    @cached_property
    def consumers(self) -> tuple[tuple[int, ...], ...]:
        """For each layer, the numbers of the layers that read its output."""
        readers: list[list[int]] = [[] for _ in self.nodes]
        for node in self.nodes:
            for source in {s for s in node.sources if s >= 0}:
                readers[source].append(node.index)
        return tuple(map(tuple, readers))

    @cached_property
    def stride(self) -> tuple[int, int]:
        """What width and height of the input should be multiples of: the network's largest stride, across and down."""
        return _largest_stride([node.layer for node in self.nodes])

    @property
    def flops(self) -> float:
        """Floating-point operations for one picture, as the reference counts them."""
        return sum(node.layer.flops(node.inputs, node.shape) for node in self.nodes)


def build(sections: Sequence[Section], size: tuple[int, int] | None = None) -> Graph:
    """The network that a cfg describes, its input resized to ``size`` (width, height) if given.

    Raises CfgError and ShapeError, which name file, line and layer; ShapeError too when the strides of a detector do not
    divide ``size``.  Warns (DarknetWarning) of options that nothing reads.
    """
    if not sections:
        raise CfgError("no sections; a Darknet cfg starts with [net]")
    net = parse_net(sections[0]).resized(size)
    if len(sections) == 1:
        raise sections[0].error("has no layers after it")
    _check_elements(sections[0].where(), "its input", net.shape)
    layers = [parse_layer(section, index) for index, section in enumerate(sections[1:])]
    if size is not None and any(map(is_head, layers)):
        _check_stride(sections[0].path, size, _largest_stride(layers))
    nodes: list[Node] = []
    for layer, section in zip(layers, sections[1:], strict=True):
        nodes.append(_node(layer, section, net.shape, nodes))
    _warn_unread(sections)
    return Graph(net, tuple(nodes))


def summary(graph: Graph) -> str:
    """The table that Darknet prints while it loads a network, to the line of total BFLOPS."""
    return "\n".join([HEADER, *rows(graph), f"Total BFLOPS {billions(graph):5.3f} "])


def rows(graph: Graph) -> list[str]:
    """What the table has of each layer; of a [yolo], several lines."""
    return [f"{node.index:4d} {node.layer.describe(node.inputs, node.shape)}" for node in graph.nodes]


def billions(graph: Graph) -> float:
    """Floating-point operations for one picture in billions, added up in float32 as the reference does."""
    total = np.float32(0)
    for node in graph.nodes:
        total += np.float32(giga(node.layer.flops(node.inputs, node.shape)))
    return float(total)


def _largest_stride(layers: Sequence[Layer]) -> tuple[int, int]:
    """Columns and rows of the input for one of the layer that has the fewest."""
    strides: dict[int, tuple[Fraction, Fraction]] = {-1: (Fraction(1), Fraction(1))}
    for index, layer in enumerate(layers):
        y, x = layer.downsampling
        strides[index] = (max(strides[s][0] for s in layer.sources) * y, max(strides[s][1] for s in layer.sources) * x)
    return ceil(max(x for _, x in strides.values())), ceil(max(y for y, _ in strides.values()))


def _check_stride(path: str, size: tuple[int, int], stride: tuple[int, int]) -> None:
    """Raises ShapeError, with the nearest size that is possible, when ``stride`` does not divide ``size``."""
    near = [max(s, round(side / s) * s) for side, s in zip(size, stride, strict=True)]
    if near != list(size):
        multiples = str(stride[0]) if stride[0] == stride[1] else f"{stride[0]} and {stride[1]}"
        raise ShapeError(f"{path}: size {size[0]}x{size[1]} does not fit this network, whose strides need width and "
                         f"height in multiples of {multiples}; the nearest is {near[0]}x{near[1]}")  # fmt: skip


def _node(layer: Layer, section: Section, network_input: Shape, before: Sequence[Node]) -> Node:
    index = len(before)
    section.ignore(*TRAINING)
    inputs = tuple(before[s].shape if s >= 0 else network_input for s in layer.sources)
    where = section.where()
    shape = _shape(layer, inputs, label(where, index, layer.kind))
    load, load_scales = not section.integer("dontload"), not section.integer("dontloadscales")
    return Node(index, layer, inputs, shape, where, load, load_scales)


def _shape(layer: Layer, inputs: tuple[Shape, ...], name: str) -> Shape:
    try:
        shape = layer.shape(inputs)
    except ShapeError as e:
        raise ShapeError(f"{name} {e}") from None
    _check_elements(name, "its output", shape)
    for param in layer.params(inputs):
        _check_elements(name, f"its array of {param.name}", param.shape)
    return shape


def _check_elements(name: str, what: str, shape: Iterable[int]) -> None:
    """Raises ShapeError for arrays that the reference's 32-bit sizes cannot count either."""
    sides = tuple(shape)
    count = 1
    for side in sides:
        count *= side
    if min(sides) < 1:
        raise ShapeError(f"{name} {what} would be empty: {' x '.join(map(str, sides))}")
    if count > MAX_ELEMENTS:
        raise ShapeError(f"{name} {what} would have {count} numbers ({' x '.join(map(str, sides))}); "
                         f"at most {MAX_ELEMENTS} are possible")  # fmt: skip


def _warn_unread(sections: Sequence[Section]) -> None:
    """One warning for each option and kind of section, at its first line.   C: option_list.c option_unused"""
    lines: dict[tuple[str, str], list[int]] = {}
    for section in sections:
        for line, key in section.unread():
            lines.setdefault((section.name, key), []).append(line)
    for (name, key), at in lines.items():
        more = f" (also in {len(at) - 1} more places)" if len(at) > 1 else ""
        message = f"{sections[0].path}:{at[0]}: [{name}] option {key}= is not known and has no effect{more}"
        warnings.warn(message, DarknetWarning, stacklevel=3)
