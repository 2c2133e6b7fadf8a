"""Sections → Draft: what can be understood of a cfg that may have errors, and all of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from ..cfg import Section
from ..errors import DarknetError, DarknetWarning
from ..layers import is_head, parse_layer
from ..layers.base import Layer, Node
from ..layers.head import DetectionHead
from ..layers.net import NetOptions
from ..shapes import Shape
from .builder import network_options, place, settled
from .graph import Graph
from .limits import surplus_layer
from .strides import INPUT, largest_stride, nearest_size

__all__ = ["Draft", "Problem", "draft"]

Made = TypeVar("Made")
Problem = tuple[int, DarknetError | DarknetWarning]


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

    The input of a detector has the nearest size that its strides divide, unless it is to be taken ``as_it_is``, or the
    cells of its heads do not follow from it, as those of [detection].
    """
    problems: list[Problem] = []
    net = _attempt(problems, INPUT, network_options, sections)
    layers = [_attempt(problems, index, parse_layer, section, index) for index, section in enumerate(sections[1:])]
    stride, fitted = largest_stride(layers), net
    if net and not as_it_is and any(isinstance(layer, DetectionHead) and layer.anchors for layer in layers):
        fitted = _attempt(problems, INPUT, network_options, sections, nearest_size((net.width, net.height), stride))
    nodes = _drafted(fitted.shape if fitted else None, layers, sections, problems)
    if surplus := surplus_layer(layers):
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
            node = _attempt(problems, index, place, layer, section, index, shapes)
            if node:
                node = _attempt(problems, index, settled, node, nodes) or node
            elif is_head(layer):
                node = Node(index, layer, (shapes[index - 1],), shapes[index - 1], section.where())
        nodes.append(node)
        shapes |= {index: node.shape} if node else {}
    return tuple(nodes)


def _attempt(problems: list[Problem], index: int, make: Callable[..., Made], *arguments: object) -> Made | None:
    """What ``make`` makes; None after an error, which goes to ``problems``."""
    try:
        return make(*arguments)
    except DarknetError as e:
        problems.append((index, e))
        return None
