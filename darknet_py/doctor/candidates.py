"""Which networks have weights of a given length: a cfg with another number of classes, or the zoo's, whole or in part."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from .. import cfg, zoo
from .._support.words import counted
from ..graph import Graph, build
from ..layers.convolutional import Convolutional
from ..layers.head import DetectionHead
from ..weights import sizes

__all__ = ["Candidate", "Lengths", "zoo_candidates"]

MAX_CLASSES = 10000


@dataclass(frozen=True)
class Candidate:
    """A network whose arrays have some length: all of them with ``classes`` classes, None for no detector, or those of its
    first ``layers``."""

    network: str
    classes: int | None = None
    layers: int | None = None

    def __str__(self) -> str:
        if self.layers:
            return f"the first {self.layers} layers of {self.network}, a start for training"
        return f"{self.network} with {counted(self.classes, 'class')}" if self.classes else self.network


@dataclass(frozen=True)
class Lengths:
    """How many bytes a network's arrays take: ``ends``, (layer, bytes up to its last); with n classes, and the filters
    before each head following, ``fixed`` + n * ``step`` in all."""

    network: str
    ends: tuple[tuple[int, int], ...]
    fixed: int
    step: int

    @classmethod
    def of(cls, name: str, graph: Graph) -> Lengths:
        ends = tuple((node.index, end) for node, end in sizes(graph))
        fixed, step, last = 0, 0, 0
        for index, end in ends:
            a_class, others = _before_a_head(graph, index)
            filters = graph.nodes[index].shape.c
            fixed += (end - last) // filters * others if a_class else end - last
            step += (end - last) // filters * a_class
            last = end
        return cls(name, ends, fixed, step)

    def classes(self, size: int) -> int | None:
        """The number of classes with which the arrays take ``size`` bytes."""
        count, rest = divmod(size - self.fixed, self.step) if self.step else (0, 1)
        return count if rest == 0 and 1 <= count <= MAX_CLASSES else None

    def candidates(self, size: int) -> Iterator[Candidate]:
        """The network with some number of classes, or a part of it, if that takes ``size`` bytes."""
        if classes := self.classes(size):
            yield Candidate(self.network, classes)
        for index, end in self.ends:
            if end == size and end < self.ends[-1][1]:
                yield Candidate(self.network, layers=index + 1)
            elif end == size and not self.step:
                yield Candidate(self.network)


def zoo_candidates(size: int) -> list[Candidate]:
    """The zoo's networks whose arrays, or those of their first layers, take ``size`` bytes."""
    return [candidate for name in zoo.NETWORKS for candidate in _zoo_lengths(name).candidates(size)]


def _before_a_head(graph: Graph, index: int) -> tuple[int, int]:
    """Of a convolution right before a head: the filters for a class, and the others; (0, 0) of another layer."""
    following = graph.nodes[index + 1].layer if index + 1 < len(graph.nodes) else None
    if isinstance(following, DetectionHead) and isinstance(graph.nodes[index].layer, Convolutional):
        return len(following.mask), len(following.mask) * (following.coords + 1)
    return 0, 0


@cache
def _zoo_lengths(name: str) -> Lengths:
    return Lengths.of(name, build(cfg.parse(zoo.write(name), name)))
