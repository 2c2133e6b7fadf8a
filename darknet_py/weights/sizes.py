"""How long a network's .weights file is, and what a file of another length may be."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ..graph import Graph
from ..layers.base import Node
from ..shapes import Param
from .header import Header

__all__ = ["Misfit", "expected_size", "misfit", "node_bytes", "sizes", "stored"]


@dataclass(frozen=True)
class Misfit:
    """Why a file of the wrong length is not a network's.

    ``node``: the first layer that it has too little for, or the last with weights if it is too long.  ``problem`` and
    ``advice`` are texts.  ``other_header``: it would fit if its header had the other size.  ``layers``: how many layers it
    is whole for, if it ends behind one, else 0.
    """

    node: Node
    problem: str
    advice: str
    other_header: bool = False
    layers: int = 0


def expected_size(graph: Graph, header_size: int = 20) -> int:
    """Bytes of a network's .weights file."""
    return header_size + sum(node_bytes(node) for node in graph.nodes)


def sizes(graph: Graph) -> Iterator[tuple[Node, int]]:
    """(layer, bytes of all arrays up to its last) for each layer that has any."""
    total = 0
    for node in graph.nodes:
        total += node_bytes(node)
        if node_bytes(node):
            yield node, total


def stored(node: Node) -> tuple[Param, ...]:
    """The params that the file has something for."""
    if not node.load:
        return ()
    return tuple(p for p in node.params if node.load_scales or not p.scales)


def node_bytes(node: Node) -> int:
    """What a layer takes of the file."""
    return 4 * sum(param.size for param in stored(node))


def misfit(graph: Graph, header: Header, size: int) -> Misfit | None:
    """What is wrong with a file of ``size`` bytes; None if it has the network's length."""
    expected = expected_size(graph, header.size)
    if size == expected:
        return None
    node, problem = _too_long(graph, size - expected) if size > expected else _truncated(graph, header, size)
    other = size == expected_size(graph, header.other_size)
    layers = _whole_layers(graph, size - header.size)
    if other:
        advice = (f"it would fit with a header of {header.other_size} bytes: its version {header.major}.{header.minor} is "
                  "damaged or the file was converted wrongly")  # fmt: skip
    elif not header.plausible:
        advice = "its first bytes are not a version: this is not a .weights file"
    elif layers:
        advice = f"it holds the first {layers} layers: a start for training, like yolov4.conv.137, not a whole network"
    else:
        advice = _likely(size - header.size, size < expected)
    return Misfit(node, f"{problem} ({expected} bytes expected, {size} found)", advice, other, layers)


def _likely(size: int, short: bool) -> str:
    """What is probably wrong with arrays of ``size`` bytes."""
    if size % 4:
        return "its numbers of 4 bytes do not come out even: it was damaged on its way; get it again"
    cut = "was cut off on its way" if short else "is damaged"
    return f"the file is another network's or {cut}: use the .weights that was trained with this cfg, or get it again"


def _too_long(graph: Graph, surplus: int) -> tuple[Node, str]:
    last = max((n for n in graph.nodes if node_bytes(n)), key=lambda n: n.index, default=graph.nodes[-1])
    return last, f"{surplus} bytes are left over after {last.label}, the last with weights"


def _truncated(graph: Graph, header: Header, size: int) -> tuple[Node, str]:
    node, end = next((node, header.size + end) for node, end in sizes(graph) if header.size + end > size)
    left = max(0, size - end + node_bytes(node))
    return node, f"ends inside {node.label}: it needs {node_bytes(node)} bytes and {left} are left"


def _whole_layers(graph: Graph, size: int) -> int:
    """The number of layers whose weights fill ``size`` bytes exactly, 0 if there is none."""
    return next((node.index + 1 for node, end in sizes(graph) if end == size), 0)
