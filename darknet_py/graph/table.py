"""The table of layers that Darknet prints while it loads a network."""

from __future__ import annotations

import numpy as np

from ..layers.base import giga
from .graph import Graph

__all__ = ["HEADER", "billions", "layer_lines", "summary"]

HEADER = "   layer   filters  size/strd(dil)      input                output"


def summary(graph: Graph) -> str:
    """The table that Darknet prints while it loads a network, to the line of total BFLOPS."""
    return "\n".join([HEADER, *layer_lines(graph), f"Total BFLOPS {billions(graph):5.3f} "])


def layer_lines(graph: Graph) -> list[str]:
    """What the table has of each layer; of a [yolo], several lines."""
    return [f"{node.index:4d} {node.layer.describe(node.inputs, node.shape)}" for node in graph.nodes]


def billions(graph: Graph) -> float:
    """Floating-point operations for one picture in billions, added up in float32 as the reference does."""
    total = np.float32(0)
    for node in graph.nodes:
        total += np.float32(giga(node.layer.flops(node.inputs, node.shape)))
    return float(total)
