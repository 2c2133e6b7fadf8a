"""Checks of the weights file's header and length; what else it may belong to: the cfg with another number of classes, or
one of the zoo's networks, whole or in part."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from .. import cfg, zoo
from .._support.words import counted
from ..errors import WeightsError
from ..files.contents import BINARY, WEIGHTS
from ..graph import Graph, build
from ..layers.convolutional import Convolutional
from ..layers.head import DetectionHead
from ..weights import Header, Misfit, peek, sizes
from .case import Case
from .finding import Finding, Place, error, note, warning

__all__ = ["CHECKS", "Lengths", "zoo_candidates"]

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
    if isinstance(following, DetectionHead) and following.anchors and isinstance(graph.nodes[index].layer, Convolutional):
        return len(following.mask), len(following.mask) * (following.coords + 1)
    return 0, 0


@cache
def _zoo_lengths(name: str) -> Lengths:
    return Lengths.of(name, build(cfg.parse(zoo.write(name), name)))


def readable(case: Case) -> Iterator[Finding]:
    """A header is there."""
    if case.weights and case.kinds["weights"] in (WEIGHTS, BINARY) and not case.file:
        try:
            peek(case.weights)
        except WeightsError as e:
            yield error("unreadable", Place(case.weights), e.message.removeprefix(f"{case.weights}: "))


def header(case: Case) -> Iterator[Finding]:
    """Version, and pictures seen in training."""
    head = case.file[0] if case.file else None
    if not case.weights or not head or (case.misfit and (case.misfit.other_header or not head.plausible)):
        return
    message = f"version {head.major}.{head.minor}.{head.revision}, a header of {head.size} bytes"
    if head.plausible:
        message += f", {head.seen} pictures seen in training{_trained(case, head)}"
        yield note("header", Place(case.weights), message)
    else:
        yield warning("bad-header", Place(case.weights), f"{message}: no version of Darknet's", "get the file again")


def _trained(case: Case, head: Header) -> str:
    """How far the training got by the cfg's own figures, if they are those of training."""
    net = case.sections[0] if case.sections else None
    batch, most = (net.integer("batch", 1), net.integer("max_batches")) if net else (1, 0)
    return f": batch {head.seen // batch} of max_batches={most}" if batch > 1 and most > 0 else ""


def length(case: Case) -> Iterator[Finding]:
    """The file has the network's length."""
    if not case.weights or not case.file:
        return
    head, size = case.file
    if case.misfit:
        where = Place(case.weights, layer=case.misfit.node.index)
        yield error("length", where, case.misfit.problem, _advice(case, case.misfit, head, size))
    elif not case.graph and case.sections:
        message = f"its length, {size} bytes, cannot be judged before the cfg is fixed"
        yield note("length-unknown", Place(case.weights), message, "; ".join(_zoo(size - head.size)))


def _advice(case: Case, misfit: Misfit, head: Header, size: int) -> str:
    """All that the file may be instead; what its length alone tells when that is nothing."""
    ways = [*_own(case, head, size), *_zoo(size - head.size)]
    if misfit.layers or not ways:
        ways.insert(0, misfit.advice)
    return "; or ".join(ways)


def _zoo(size: int) -> list[str]:
    """The zoo's networks that fit the file, in one phrase if there are any."""
    fitting = zoo_candidates(size)
    return [f"its length is that of {' or '.join(map(str, fitting))}"] if fitting else []


def _own(case: Case, head: Header, size: int) -> Iterator[str]:
    """The cfg with the number of classes that fits the file."""
    classes = Lengths.of(case.cfg, case.graph).classes(size - head.size) if case.graph else None
    if not classes:
        return
    needs = {(classes + h.layer.coords + 1) * len(h.layer.mask) for h in case.anchored}
    filters = " or ".join(f"filters={need}" for need in sorted(needs))
    names = ", which is the number of names" if len(case.class_names or ()) == classes else ""
    yield (f"{Path(case.cfg).name} fits it with classes={classes}{names}, and {filters} before each head: fix the cfg, "
           f"or use weights trained for its {counted(case.heads[-1].layer.classes, 'class')}")  # fmt: skip


CHECKS = (readable, header, length)
