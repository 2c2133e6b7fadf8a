"""What is said of a network whose cfg was written."""

from __future__ import annotations

from ..graph import Graph, billions

__all__ = ["facts"]


def facts(graph: Graph) -> str:
    return f"{graph.net.width}x{graph.net.height}, {len(graph.heads)} heads, {billions(graph):.3f} BFLOPS"
