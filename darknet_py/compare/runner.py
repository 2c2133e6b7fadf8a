"""Runs pipelines, from the picture or from what the reference says of earlier layers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import ClassVar

import numpy as np

from .. import fold
from ..engine import plan
from ..engine.kernels import copies
from ..engine.lower import lower
from ..engine.steps import Builder
from ..graph import Graph
from ..image import Fit, Size
from ..layers.base import Layer, Node
from ..network import Network
from .pipeline import Array, Photo, Pipeline

__all__ = ["INPUT", "KnownOutput", "Loader", "Runner"]

INPUT = -1  # the number of the network's input among layers
Loader = Callable[[], Array]


@dataclass(frozen=True, eq=False)
class KnownOutput(Layer):
    """Stands for a layer whose output (c, h, w) is known."""

    kind: ClassVar[str] = "given"
    values: Array = field(default_factory=lambda: np.zeros((0, 0, 0), np.float32))


@lower.register(KnownOutput)
def _known_output(layer: KnownOutput, b: Builder) -> None:
    y = b.planar_output()
    x = np.ascontiguousarray(layer.values, np.float32)
    b.step(copies.copy_rows, y.shape.h, x=x, y=y, rows=1)
    b.store_output(y)


class Runner:
    """A network and a picture.  ``known``: {layer, or INPUT: what loads the reference's output of it}."""

    def __init__(self, net: Network, photo: Photo, known: Mapping[int, Loader] | None = None) -> None:
        self.graph, self.weights, self.photo = net.graph, net.weights, photo
        self.known = dict(known or {})
        self._input = lru_cache(1)(self._fit)
        self._program = lru_cache(1)(self._compile)
        self._outputs = lru_cache(2)(self._run)

    @property
    def net_size(self) -> Size:
        """Width and height."""
        return self.graph.net.width, self.graph.net.height

    def fit(self, p: Pipeline) -> Fit:
        """What boxes are brought back from."""
        height, width = self.photo.pixels(p.exif).shape[:2]
        return Fit((width, height), self.net_size, p.letter_box)

    def outputs(self, p: Pipeline, layers: Sequence[int], given: frozenset[int] = frozenset()) -> dict[int, Array]:
        """The outputs of layers, and of INPUT.  Those in ``given`` are the reference's, others are computed from them."""
        outputs = {i: self.known[i]() for i in layers if i in given}
        p = p.before_boxes
        if INPUT in layers and INPUT not in given:
            outputs[INPUT] = self._input(p)
        wanted = tuple(i for i in layers if i != INPUT and i not in given)
        return outputs | (self._outputs(p, wanted, given) if wanted else {})

    def nodes(self, p: Pipeline, layers: Sequence[int]) -> list[Node]:
        """Layers in the form that a pipeline runs."""
        return [p.changed(self.graph.nodes[i], self.weights.params[i])[0] for i in layers]

    def computed(self, layers: Sequence[int], given: frozenset[int]) -> frozenset[int]:
        """The layers that must be computed for the outputs of ``layers``, INPUT among them if the picture is needed."""
        needed: set[int] = set()
        open_ = [i for i in layers if i not in given]
        while open_:
            i = open_.pop()
            if i not in needed:
                needed.add(i)
                open_ += [s for s in (self.graph.nodes[i].sources if i != INPUT else ()) if s not in given]
        return frozenset(needed)

    def _fit(self, p: Pipeline) -> Array:
        return p.input(self.photo, self.graph.net.channels, self.net_size)

    def _run(self, p: Pipeline, layers: tuple[int, ...], given: frozenset[int]) -> dict[int, Array]:
        program = self._program(p.program, layers, given)
        program.run(self.known[INPUT]() if INPUT in given else self._input(p))
        return {i: p.finished(self.graph.nodes[i], program.read(i)) for i in layers}

    def _compile(self, p: Pipeline, layers: tuple[int, ...], given: frozenset[int]) -> plan.Plan:
        computed = self.computed(layers, given)
        sources = {s for i in computed if i != INPUT for s in self.graph.nodes[i].sources}
        numbers = sorted((computed | sources) - {INPUT})
        part = Graph(self.graph.net, tuple(self._node(p, i, i in computed)[0] for i in numbers))
        layered = (self._node(p, i, i in computed) for i in numbers)  # a layer's arrays at a time
        params = (fold.folded_arrays(node.layer, dict(arrays)) for node, arrays in layered)
        return plan.compile(fold.folded_graph(part).nodes, params, part.net.shape, layers, plan.PlanOptions.of(p.options))

    def _node(self, p: Pipeline, i: int, is_computed: bool) -> tuple[Node, Mapping[str, Array]]:
        node = self.graph.nodes[i]
        if is_computed:
            return p.changed(node, self.weights.params[i])
        return replace(node, layer=KnownOutput((INPUT,), self.known[i]()), inputs=(self.graph.net.shape,)), {}

