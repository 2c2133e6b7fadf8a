"""A graph in parts that a person can overlook: stages of one resolution, and runs of residual blocks in one piece."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

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
        blocks = f", {residual} residual block{'s' if residual > 1 else ''}" if residual else ""
        return f"{what} at {size}, {last.shape.c} channels{blocks}"


def stages(network: Graph, every_layer: bool = False) -> list[Stage]:
    """The stages in order; with ``every_layer`` no block has more than one."""
    found: list[Stage] = []
    for nodes in _runs(network):
        blocks = [Block((node,)) for node in nodes] if every_layer else list(_blocks(nodes))
        found.append(Stage(tuple(blocks)))
    return found


def _runs(network: Graph) -> Iterator[list[Node]]:
    """Layers from one change of resolution to the next; a head ends its run."""
    run: list[Node] = []
    for node in network.nodes:
        changed = run and (node.shape.h, node.shape.w) != (run[-1].shape.h, run[-1].shape.w)
        if run and (changed or is_head(run[-1].layer)):
            yield run
            run = []
        run.append(node)
    yield run


def _blocks(nodes: Sequence[Node]) -> Iterator[Block]:
    """Runs of residual blocks in one piece, everything else layer by layer."""
    at = 0
    while at < len(nodes):
        end, count = at, 0
        while length := _residual_length(nodes[end:]):
            end, count = end + length, count + 1
        taken, repeats = (end - at, count) if count > 1 else (1, 0)
        yield Block(tuple(nodes[at : at + taken]), repeats)
        at += taken


def _residual_length(nodes: Sequence[Node]) -> int:
    """How many layers are a chain and its sum with what the first of them reads; 0 if they begin with something else."""
    for node, before in zip(nodes[1:], nodes):
        if node.layer.kind == "shortcut":
            whole = sorted(node.sources) == sorted((before.index, *nodes[0].sources))
            return node.index - nodes[0].index + 1 if whole else 0
        if node.sources != (before.index,):
            return 0
    return 0


def _is_split(nodes: Sequence[Node]) -> bool:
    """Whether branches that begin at one layer of the stage are joined again; those of pooling alone do not count."""
    kinds = {node.index: node.layer.kind for node in nodes}
    behind: dict[int, set[int]] = {}
    for node in nodes:
        branches = [behind[source] | {source} for source in node.sources if source in behind]
        joins = node.layer.kind == "route" and len(node.sources) == len(branches) > 1
        if joins and set.intersection(*branches) and "maxpool" not in [kinds[source] for source in node.sources]:
            return True
        behind[node.index] = set().union(*branches)
    return False
