"""Which networks have weights of a given length: a cfg with another number of classes, or the zoo's, whole or in part."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from .. import cfg, zoo
from ..graph import Graph, build
from ..layers.convolutional import Convolutional
from ..layers.head import DetectionHead
from ..weights import expected_size, sizes
from .finding import plural

__all__ = ["Candidate", "candidates", "class_count", "zoo_candidates"]

MAX_CLASSES = 10000


@dataclass(frozen=True)
class Candidate:
    """A network whose arrays take as many bytes: all of them with ``classes`` classes, None for no detector, or those of
    its first ``layers``."""

    network: str
    classes: int | None = None
    layers: int | None = None

    def __str__(self) -> str:
        if self.layers:
            return f"the first {self.layers} layers of {self.network}, a start for training"
        return f"{self.network} with {plural(self.classes, 'class')}" if self.classes else self.network


def zoo_candidates(size: int) -> list[Candidate]:
    """The zoo's networks whose arrays, or those of their first layers, take ``size`` bytes."""
    return [candidate for name in zoo.NETWORKS for candidate in candidates(name, _zoo_network(name), size)]


def candidates(name: str, network: Graph, size: int) -> Iterator[Candidate]:
    """``network`` with some number of classes, or in part, if its arrays take ``size`` bytes then."""
    if classes := class_count(network, size):
        yield Candidate(name, classes)
    for node, end in sizes(network):
        if end == size and end < expected_size(network, 0):
            yield Candidate(name, layers=node.index + 1)


def class_count(network: Graph, size: int) -> int | None:
    """The number of classes with which the arrays take ``size`` bytes, the filters before each head following."""
    fixed, step, end = 0, 0, {node.index: size for node, size in sizes(network)}
    last = 0
    for node in network.nodes:
        following = network.nodes[node.index + 1].layer if node.index + 1 < len(network.nodes) else None
        taken = end.get(node.index, last) - last
        last += taken
        if isinstance(following, DetectionHead) and isinstance(node.layer, Convolutional):
            a_class = taken // node.layer.filters * len(following.mask)
            fixed, step = fixed + a_class * (following.coords + 1), step + a_class
        else:
            fixed += taken
    classes, rest = divmod(size - fixed, step) if step else (0, 1)
    return classes if rest == 0 and 1 <= classes <= MAX_CLASSES else None


@cache
def _zoo_network(name: str) -> Graph:
    return build(cfg.parse(zoo.write(name), name))
