"""How long a network's .weights file is, and what a file of another length may be."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ..graph import Graph
from ..layers.base import Node, Param
from .header import Header

__all__ = ["Misfit", "expected_size", "misfit", "node_bytes", "sizes", "stored"]


@dataclass(frozen=True)
class Misfit:
    """Why a file of the wrong length is not a network's.

    ``node``: the first layer that it has too little for, or the last with weights if it is too long.  ``problem`` and
    ``advice`` are texts; ``layers``: how many layers it is whole for, if it ends behind one, else 0.
    """

    node: Node
    problem: str
    advice: str
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


def misfit(graph: Graph, header: Header, found: int) -> Misfit | None:
    """What is wrong with a file of ``found`` bytes; None if it has the network's length."""
    expected = expected_size(graph, header.size)
    if found == expected:
        return None
    counts = f"{expected} bytes expected, {found} found"
    node, problem = _too_long(graph, found - expected) if found > expected else _truncated(graph, header, found)
    layers = _whole_layers(graph, found - header.size)
    return Misfit(node, f"{problem} ({counts})", _advice(graph, header, found, layers), layers)


def _too_long(graph: Graph, surplus: int) -> tuple[Node, str]:
    last = max((n for n in graph.nodes if node_bytes(n)), key=lambda n: n.index, default=graph.nodes[-1])
    return last, f"{surplus} bytes are left over after {last.label}, the last with weights"


def _truncated(graph: Graph, header: Header, found: int) -> tuple[Node, str]:
    node, end = next((node, header.size + end) for node, end in sizes(graph) if header.size + end > found)
    left = max(0, found - end + node_bytes(node))
    return node, f"ends inside {node.label}: it needs {node_bytes(node)} bytes and {left} are left"


def _whole_layers(graph: Graph, size: int) -> int:
    """The number of layers whose weights fill ``size`` bytes exactly, 0 if there is none."""
    return next((node.index + 1 for node, end in sizes(graph) if end == size), 0)


def _advice(graph: Graph, header: Header, found: int, layers: int) -> str:
    """What is probably wrong with a file of ``found`` bytes."""
    if found == expected_size(graph, header.other_size):
        return (f"it would fit with a header of {header.other_size} bytes: its version {header.major}.{header.minor} is "
                "damaged or the file was converted wrongly")  # fmt: skip
    if not header.plausible:
        return "its first bytes are not a version: this is not a .weights file; darknet_py check CFG WEIGHTS says what it is"
    if layers:
        return f"it holds the first {layers} layers: a start for training, like yolov4.conv.137, not a whole network"
    return ("the file is another network's or damaged: use the .weights that was trained with this cfg; "
            "darknet_py check CFG WEIGHTS looks for what it fits")  # fmt: skip
