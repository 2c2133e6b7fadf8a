"""A graph in parts that a person can overlook: stages of one resolution, and runs of residual blocks in one piece."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import and_, or_

from .._support.words import counted
from ..graph import Graph
from ..layers import is_head
from ..layers.base import Node

__all__ = ["Block", "Stage", "stages"]


@dataclass(frozen=True)
class Block:
    """Layers that are drawn as one: a single one, or a run of ``repeats`` residual blocks."""

    nodes: tuple[Node, ...]
    repeats: int = 0

    @property
    def last(self) -> Node:
        return self.nodes[-1]


@dataclass(frozen=True)
class Stage:
    """Neighbouring layers of one resolution."""

    blocks: tuple[Block, ...]

    @property
    def nodes(self) -> list[Node]:
        return [node for block in self.blocks for node in block.nodes]

    @property
    def title(self) -> str:
        """What the stage is: a head, or its size, its channels and whether it is a cross stage partial (CSP) one."""
        nodes, last = self.nodes, self.blocks[-1].last
        size = f"{last.shape.w} x {last.shape.h}"
        if is_head(last.layer):
            return f"head at {size}"
        kinds = [node.layer.kind for node in nodes]
        what = "CSP stage" if _is_split(nodes) else "stage"
        residual = kinds.count("shortcut")
        blocks = f", {counted(residual, 'residual block')}" if residual else ""
        return f"{what} at {size}, {last.shape.c} channels{blocks}"


def stages(graph: Graph, every_layer: bool = False) -> list[Stage]:
    """The stages in order; with ``every_layer`` no block has more than one."""
    return [Stage(tuple(Block((node,)) for node in run) if every_layer else tuple(_blocks(run))) for run in _runs(graph)]


def _runs(graph: Graph) -> Iterator[list[Node]]:
    """Layers from one change of resolution to the next; a head ends its run."""
    run: list[Node] = []
    for node in graph.nodes:
        changed = run and (node.shape.h, node.shape.w) != (run[-1].shape.h, run[-1].shape.w)
        if run and (changed or is_head(run[-1].layer)):
            yield run
            run = []
        run.append(node)
    yield run


def _blocks(nodes: Sequence[Node]) -> Iterator[Block]:
    """Runs of residual blocks in one piece, everything else layer by layer."""
    at, ends = 0, _chain_ends(nodes)
    while at < len(nodes):
        end, count = at, 0
        while end < len(nodes) and (length := _residual_length(nodes, end, ends[end])):
            end, count = end + length, count + 1
        taken, repeats = (end - at, count) if count > 1 else (1, 0)
        yield Block(tuple(nodes[at : at + taken]), repeats)
        at += taken


def _chain_ends(nodes: Sequence[Node]) -> list[int]:
    """For each layer, the place of the next that reads more or other than the layer before it."""
    ends = [len(nodes)] * len(nodes)
    for i in range(len(nodes) - 2, -1, -1):
        ends[i] = ends[i + 1] if nodes[i + 1].sources == (nodes[i].index,) else i + 1
    return ends


def _residual_length(nodes: Sequence[Node], at: int, end: int) -> int:
    """How many layers from ``at`` on are a chain and its sum, ``end``, with what the first of them reads; 0 without one."""
    if end == len(nodes) or nodes[end].layer.kind != "shortcut":
        return 0
    whole = sorted(nodes[end].sources) == sorted((nodes[end - 1].index, *nodes[at].sources))
    return end - at + 1 if whole else 0


def _is_split(nodes: Sequence[Node]) -> bool:
    """Whether branches that begin at one layer of the stage are joined again; those of pooling alone do not count.

    Layers have one behind them in common if they have one of those that read nothing of the stage: each is a bit.
    """
    kinds = {node.index: node.layer.kind for node in nodes}
    begin: dict[int, int] = {}
    for node in nodes:
        branches = [begin[source] for source in node.sources if source in begin]
        joins = node.layer.kind == "route" and len(node.sources) == len(branches) > 1
        if joins and reduce(and_, branches) and "maxpool" not in [kinds[source] for source in node.sources]:
            return True
        begin[node.index] = reduce(or_, branches, 0) or 1 << len(begin)
    return False
