"""Which layers share memory: sources of a concatenation are written where it wants them, slices are views.

``decide`` answers, for every layer, in whose tensor its output lies, from which channel on, and how wide that tensor's
border of zeros must be for its readers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import singledispatch
from itertools import accumulate

from ..layers.base import Layer, Node
from ..layers.convolutional import Convolutional
from ..layers.head import DetectionHead
from ..layers.local import Local
from ..shapes import ChannelSlice, Shape

__all__ = ["Home", "border", "decide", "is_depthwise", "is_planar", "lies_in_place", "lies_there", "unfolds"]

LARGE_BORDER = 1 << 20  # numbers


@singledispatch
def is_planar(layer: Layer) -> bool:
    """Whether a layer's output is stored as (c, h, w), not in blocks of channels."""
    return False


@is_planar.register(DetectionHead)
def _(layer: DetectionHead) -> bool:
    return True


@singledispatch
def border(layer: Layer, inputs: tuple[Shape, ...]) -> int:
    """How many pixels of zeros must be stored around a layer's sources."""
    return 0


@border.register(Convolutional)
def _(layer: Convolutional, inputs: tuple[Shape, ...]) -> int:
    return 0 if unfolds(layer, inputs) else layer.halo


@border.register(Local)
def _(layer: Local, inputs: tuple[Shape, ...]) -> int:
    return layer.padding


def unfolds(layer: Convolutional, inputs: tuple[Shape, ...]) -> bool:
    """Whether what each output reads takes less memory than the input with all of its zeros."""
    c, h, w = inputs[0]
    bordered = (h + 2 * layer.halo) * (w + 2 * layer.halo)
    if c * bordered <= LARGE_BORDER or bordered <= 4 * h * w:
        return False
    output = layer.shape(inputs)
    return bordered > layer.kernel_size**2 * output.h * output.w


def is_depthwise(layer: Convolutional, inputs: tuple[Shape, ...]) -> bool:
    """Whether each output channel is one input channel's alone, and they can lie in the same blocks."""
    return 1 < layer.groups == inputs[0].c == layer.shape(inputs).c and not unfolds(layer, inputs)


@dataclass(frozen=True)
class Home:
    """The output of a layer lies in the tensor of layer ``owner``, from channel ``first`` on.

    ``lanes`` and ``halo`` are those of the owner's tensor.
    """

    owner: int
    first: int
    lanes: int
    halo: int


class _Decision:
    def __init__(self, nodes: tuple[Node, ...], lanes: int) -> None:
        self.shapes = {node.index: node.shape for node in nodes}
        if nodes:
            self.shapes[-1] = next((n.inputs[0] for n in nodes if n.sources[:1] == (-1,)), nodes[0].shape)
        self.lanes = {node.index: 1 if is_planar(node.layer) else lanes for node in nodes} | {-1: 1}
        self.parent: dict[int, tuple[int, int]] = {}
        for node in nodes:
            self._place(node, node.layer.slices(node.inputs))

    def root(self, index: int) -> tuple[int, int]:
        """The owner of a layer's memory and the first channel there; the way to it is shortened for the next time."""
        way = []
        while index in self.parent:
            way.append(index)
            index = self.parent[index][0]
        first = 0
        for step in reversed(way):
            first += self.parent[step][1]
            self.parent[step] = index, first
        return index, first

    def _place(self, node: Node, slices: tuple[ChannelSlice, ...]) -> None:
        if len(slices) == 1:
            source = node.sources[slices[0].source]
            owner, first = self.root(source)
            if (first + slices[0].first) % self.lanes[owner] == 0:
                self.parent[node.index] = (source, slices[0].first)
            return
        first = 0
        for i, piece in enumerate(slices):
            self._adopt(node, node.sources[piece.source], piece, first, i == len(slices) - 1)
            first += piece.channels

    def _adopt(self, node: Node, source: int, piece: ChannelSlice, first: int, last: bool) -> None:
        """Let the source be written straight into the concatenation ``node``, if the channel blocks allow it."""
        owner, offset = self.root(source)
        lanes = self.lanes[node.index]
        whole = offset == 0 and piece.first == 0 and piece.channels == self.shapes[owner].c
        fits = first % lanes == 0 and (last or piece.channels % lanes == 0)
        if owner >= 0 and whole and fits and self.lanes[owner] == lanes and owner != node.index:
            self.parent[owner] = (node.index, first)


def decide(nodes: tuple[Node, ...], lanes: int) -> dict[int, Home]:
    """The home of every layer's output; -1 is the network's input, which is stored as planes."""
    decision = _Decision(nodes, lanes)
    halo: dict[int, int] = {}
    for node in nodes:
        for source in node.sources:
            owner = decision.root(source)[0]
            halo[owner] = max(halo.get(owner, 0), border(node.layer, node.inputs))
    homes = {}
    for index in decision.shapes:
        owner, first = decision.root(index)
        homes[index] = Home(owner, first, decision.lanes[owner], halo.get(owner, 0))
    return homes


def lies_in_place(node: Node, homes: Mapping[int, Home]) -> bool:
    """Whether nothing is computed: the output is channels of its sources, where they lie."""
    pieces = node.layer.slices(node.inputs)
    firsts = accumulate((piece.channels for piece in pieces), initial=0)
    return bool(pieces) and all(lies_there(node, piece, first, homes) for piece, first in zip(pieces, firsts, strict=False))


def lies_there(node: Node, piece: ChannelSlice, first: int, homes: Mapping[int, Home]) -> bool:
    """Whether channels of a source lie where the node's channels from ``first`` on do."""
    here, there = homes[node.index], homes[node.sources[piece.source]]
    return (there.owner, there.first + piece.first) == (here.owner, here.first + first)
