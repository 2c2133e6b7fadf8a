"""Darknet's table of layers with two columns more: parameters, and the memory of each output."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate

from ..graph import HEADER, Graph, billions, layer_lines
from ..weights import expected_size

__all__ = ["Totals", "table", "totals"]

FLOAT = 4
MEGA = 2.0**20


@dataclass(frozen=True)
class Totals:
    """Of a network, for one picture.

    ``weights``: bytes of its .weights file.  ``outputs``: bytes of all layers' outputs; ``alive``: the most of them that are
    needed at the same time, while layer ``busiest`` is computed.
    """

    billions: float
    parameters: int
    weights: int
    outputs: int
    alive: int
    busiest: int


def totals(graph: Graph) -> Totals:
    """Operations, parameters and memory of a network."""
    sizes = [FLOAT * node.shape.size for node in graph.nodes]
    alive = _alive(graph, sizes)
    busiest = max(range(len(alive)), key=alive.__getitem__)
    parameters = sum(param.size for node in graph.nodes for param in node.params)
    return Totals(billions(graph), parameters, expected_size(graph), sum(sizes), alive[busiest], busiest)


def table(graph: Graph) -> str:
    """The table that Darknet prints, with parameters and megabytes of each layer's output, and the totals below it."""
    darknets = [line.expandtabs().split("\n", 1) for line in layer_lines(graph)]
    wide = max(len(first) for first, *_ in darknets)
    lines = [f"{HEADER:{wide}s} {'parameters':>11s} {'MB':>8s}"]
    for (first, *rest), node in zip(darknets, graph.nodes, strict=True):
        parameters = sum(param.size for param in node.params)
        lines += [f"{first:{wide}s} {parameters or '':>11} {FLOAT * node.shape.size / MEGA:8.2f}", *rest]
    t = totals(graph)
    lines += [
        f"Total BFLOPS {t.billions:5.3f}",
        f"Total parameters {t.parameters}, weights file {t.weights} bytes",
        f"Activation memory {t.outputs / MEGA:.1f} MB, at most {t.alive / MEGA:.1f} MB of it at once (layer {t.busiest})",
    ]
    return "\n".join(lines)


def _alive(graph: Graph, sizes: list[int]) -> list[int]:
    """For each layer, the bytes of the outputs that exist while it is computed: made by then, read then or later."""
    heads, end = set(graph.heads), len(sizes) - 1
    changes = [0] * (len(sizes) + 1)
    for index, size in enumerate(sizes):
        last = end if index in heads else max((index, *graph.consumers[index]))
        changes[index] += size
        changes[last + 1] -= size
    return list(accumulate(changes[:-1]))
