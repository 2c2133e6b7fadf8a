"""Sections → Graph: layer numbers resolved, shapes inferred and checked; and the table of layers.

C: parser.c parse_network_cfg_custom
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from typing import TypeVar

import numpy as np

from . import doubts
from ._support.lazy import cached_property
from .cfg import Section
from .errors import CfgError, DarknetError, DarknetWarning, ShapeError
from .layers import is_head, parse_layer, parse_net
from .layers.base import Layer, Node, giga, label
from .layers.net import NetOptions
from .shapes import Shape

__all__ = [
    "HEADER", "MAX_ELEMENTS", "Draft", "Graph", "Problem", "billions", "build", "draft", "rows", "summary",
]  # fmt: skip

INPUT = -1
MAX_ELEMENTS = 2**31 - 1
MAX_STRIDE = 2**20  # more than any picture's side
MAX_SOURCES = 10_000
MAX_HEADS = 250
MAX_GROUPS = 4096

Made = TypeVar("Made")
Problem = tuple[int, DarknetError | DarknetWarning]

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
    divide ``size``.  Warns (DarknetWarning) of options that nothing reads, and of those that seem to be mistakes.
    """
    net = _net(sections, size)
    layers = [parse_layer(section, index) for index, section in enumerate(sections[1:])]
    if size is not None and any(map(is_head, layers)):
        _check_stride(sections[0].path, size, _largest_stride(layers))
    if surplus := _surplus(layers):
        raise sections[surplus[0] + 1].error(surplus[1])
    nodes: list[Node] = []
    shapes = {INPUT: net.shape}
    for index, (layer, section) in enumerate(zip(layers, sections[1:], strict=True)):
        nodes.append(_node(layer, section, index, shapes))
        shapes[index] = nodes[-1].shape
    doubts.heads(layers, sections)
    doubts.warn(sections)
    return Graph(net, tuple(nodes))


@dataclass(frozen=True)
class Draft:
    """What can be understood of a cfg that may have errors.

    ``layers`` and ``nodes``: one for each section after [net], None where there is an error, and for nodes behind it too.
    A head that does not fit its input is an error and yet a node, on which no other depends.  ``stride``: as of a Graph.
    ``size``: (width, height) of the input that the nodes are for.  ``problems``: (number of the layer, -1 for [net]; error
    or warning) in the file's order.
    """

    net: NetOptions | None
    layers: tuple[Layer | None, ...]
    nodes: tuple[Node | None, ...]
    stride: tuple[int, int]
    size: tuple[int, int]
    problems: tuple[Problem, ...]

    @property
    def graph(self) -> Graph | None:
        """The network, if all of its shapes are known."""
        nodes = tuple(node for node in self.nodes if node)
        return Graph(self.net.resized(self.size), nodes) if self.net and len(nodes) == len(self.nodes) else None


def draft(sections: Sequence[Section], as_it_is: bool = False) -> Draft:
    """The same as ``build``, past the first error; unread options are left to the caller.

    The input of a detector has the nearest size that its strides divide, unless it is to be taken ``as_it_is``.
    """
    problems: list[Problem] = []
    net = _attempt(problems, INPUT, _net, sections)
    layers = [_attempt(problems, index, parse_layer, section, index) for index, section in enumerate(sections[1:])]
    stride, fitted = _largest_stride(layers), net
    if net and not as_it_is and any(layer and is_head(layer) for layer in layers):
        fitted = _attempt(problems, INPUT, _net, sections, _nearest_size((net.width, net.height), stride))
    nodes = _drafted(fitted.shape if fitted else None, layers, sections, problems)
    if surplus := _surplus(layers):
        problems.append((surplus[0], sections[surplus[0] + 1].error(surplus[1])))
    problems[:0] = [(index, doubt) for index, section in enumerate(sections, INPUT) for doubt in section.doubts]
    problems.sort(key=lambda problem: problem[0])
    size = (fitted.width, fitted.height) if fitted else (0, 0)
    return Draft(net, tuple(layers), nodes, stride, size, tuple(problems))


def _drafted(
    network_input: Shape | None, layers: Sequence[Layer | None], sections: Sequence[Section], problems: list[Problem]
) -> tuple[Node | None, ...]:
    """The nodes that can be made; what cannot is added to ``problems``."""
    nodes: list[Node | None] = []
    shapes = {INPUT: network_input} if network_input else {}
    for index, (layer, section) in enumerate(zip(layers, sections[1:], strict=True)):
        node = None
        if layer and all(source in shapes for source in layer.sources):
            node = _attempt(problems, index, _node, layer, section, index, shapes)
            if not node and is_head(layer):
                node = Node(index, layer, (shapes[index - 1],), shapes[index - 1], section.where())
        nodes.append(node)
        shapes |= {index: node.shape} if node else {}
    return tuple(nodes)


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


def _net(sections: Sequence[Section], size: tuple[int, int] | None = None) -> NetOptions:
    if not sections:
        raise CfgError("no sections; a Darknet cfg starts with [net]")
    net = parse_net(sections[0]).resized(size)
    if len(sections) == 1:
        raise sections[0].error("has no layers after it")
    _check_elements(sections[0].where(), "its input", net.shape)
    return net


def _attempt(problems: list[Problem], index: int, make: Callable[..., Made], *arguments: object) -> Made | None:
    """What ``make`` makes; None after an error, which goes to ``problems``."""
    try:
        return make(*arguments)
    except DarknetError as e:
        problems.append((index, e))
        return None


def _largest_stride(layers: Sequence[Layer | None]) -> tuple[int, int]:
    """Columns and rows of the input for one of the layer that has the fewest; a layer that is None changes nothing."""
    strides: dict[int, tuple[Fraction, Fraction]] = {INPUT: (Fraction(1), Fraction(1))}
    for index, layer in enumerate(layers):
        sources = layer.sources if layer else (index - 1,)
        y, x = layer.downsampling if layer else strides[INPUT]
        down, across = max(strides[s][0] for s in sources), max(strides[s][1] for s in sources)
        strides[index] = _bounded(down * y), _bounded(across * x)
    return ceil(max(x for _, x in strides.values())), ceil(max(y for y, _ in strides.values()))


def _bounded(stride: Fraction) -> Fraction:
    """A stride that is no larger than any picture, nor written in endless digits."""
    return min(stride if stride.denominator < MAX_STRIDE else stride.limit_denominator(MAX_STRIDE), Fraction(MAX_STRIDE))


def _nearest_size(size: tuple[int, int], stride: tuple[int, int]) -> tuple[int, int]:
    width, height = (max(s, round(side / s) * s) for side, s in zip(size, stride, strict=True))
    return width, height


def _check_stride(path: str, size: tuple[int, int], stride: tuple[int, int]) -> None:
    """Raises ShapeError, with the nearest size that is possible, when ``stride`` does not divide ``size``."""
    if max(stride) >= MAX_STRIDE:
        raise ShapeError(f"{path}: the strides of its layers make {MAX_STRIDE} or more together, and no size fits that")
    near = _nearest_size(size, stride)
    if near != size:
        multiples = str(stride[0]) if stride[0] == stride[1] else f"{stride[0]} and {stride[1]}"
        raise ShapeError(f"{path}: size {size[0]}x{size[1]} does not fit this network, whose strides need width and "
                         f"height in multiples of {multiples}; the nearest is {near[0]}x{near[1]}")  # fmt: skip


def _node(layer: Layer, section: Section, index: int, shapes: Mapping[int, Shape]) -> Node:
    """The layer in its place, behind those of ``shapes``."""
    inputs = tuple(shapes[source] for source in layer.sources)
    where = section.where()
    shape = _shape(layer, inputs, label(where, index, layer.kind))
    load, load_scales = not section.integer("dontload"), not section.integer("dontloadscales")
    return Node(index, layer, inputs, shape, where, load, load_scales)


def _shape(layer: Layer, inputs: tuple[Shape, ...], name: str) -> Shape:
    try:
        shape = layer.shape(inputs)
    except ShapeError as e:
        raise ShapeError(e.message, name) from None
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
        raise ShapeError(f"{what} would be empty: {' x '.join(map(str, sides))}", name)
    if count > MAX_ELEMENTS:
        raise ShapeError(f"{what} would have {count} numbers ({' x '.join(map(str, sides))}); "
                         f"at most {MAX_ELEMENTS} are possible", name)  # fmt: skip


def _surplus(layers: Sequence[Layer | None]) -> tuple[int, str] | None:
    """The first layer that makes heads, groups or sources too many, and what to say."""
    sources = heads = groups = 0
    for index, layer in enumerate(layers):
        if layer:
            sources, heads, groups = sources + len(layer.sources), heads + is_head(layer), groups + layer.pieces
        if groups > MAX_GROUPS:
            return index, f"makes {groups} groups of convolutions in all; at most {MAX_GROUPS} are possible"
        if heads > MAX_HEADS:
            return index, f"is one detection layer too many; at most {MAX_HEADS} are possible"
        if sources > MAX_SOURCES:
            return index, f"reads one layer too many; at most {MAX_SOURCES} times a layer can be read in all"
    return None
