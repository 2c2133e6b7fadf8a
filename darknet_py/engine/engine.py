"""The native engine: a network's plans, and how pictures and threads share them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from .._support import forks
from ..engine_api.options import Options, positive_int
from ..engine_api.profile import Profile
from ..graph import Graph
from ..weights import Params
from . import plan
from .options import PlanOptions

__all__ = ["NativeNetwork"]

Array = npt.NDArray[np.float32]
SMALL = 10e9  # floating-point operations of a network


class NativeNetwork:
    """A network compiled for this machine; callers from several Python threads take turns.

    ``batch``: a picture a thread where the network is small, and there is little to share out in a layer; else 1.
    """

    def __init__(self, graph: Graph, params: Params, options: Options) -> None:
        self.graph, self.params, self.options = graph, params, PlanOptions.of(options)
        self.batch = options.threads if graph.flops < SMALL else 1
        self.plan = self._compile(self.options)
        self._turn = forks.lock(self, "_turn")
        self._copies: list[plan.Plan] = []
        self._keeping: plan.Plan | None = None

    def predict(self, x: Array) -> list[Array]:
        """The outputs of the heads, (n, c, h, w) each, for x, (n, c, h, w)."""
        together = len(x) // self.batch * self.batch if self.batch > 1 else 0
        runs = self._run_each(x[:together]) + [self._run(self.plan, one, self.graph.heads) for one in x[together:]]
        return [np.stack(outputs) if len(x) > 1 else outputs[0][None] for outputs in zip(*runs, strict=True)]

    def activations(self, x: Array) -> dict[int, Array]:
        """{layer: its output (c, h, w)} for x, (c, h, w); a second plan keeps them all.

        Raises WeightsError when the file of the weights was written to since it was loaded.
        """
        if self._keeping is None:
            self._keeping = self._compile(replace(self.options, keep=True))
        layers = [node.index for node in self.graph.nodes]
        return dict(zip(layers, self._run(self._keeping, x, layers), strict=True))

    def profile(self, x: Array, runs: int | None = None) -> Profile:
        """What each layer costs for x, (c, h, w).  Raises DarknetError for ``runs`` that are no number from 1."""
        from .profile import measure

        timed = positive_int("runs", runs)
        with self._turn:
            return measure(self.plan, self.graph.nodes, x, timed)

    def _compile(self, options: PlanOptions) -> plan.Plan:
        return plan.compile(self.graph.nodes, self.params, self.graph.net.shape, self.graph.heads, options)

    def _run(self, program: plan.Plan, x: Array, layers: Sequence[int]) -> list[Array]:
        with self._turn:
            program.run(x)
            return [program.read(i) for i in layers]

    def _run_each(self, x: Array) -> list[list[Array]]:
        """The heads of each picture, as many at a time as there are threads."""
        runs, threads = [], self.options.threads
        with self._turn:
            while len(self._copies) < threads and len(x):
                self._copies.append(self.plan.copy() if self._copies else self.plan)
            for first in range(0, len(x), threads):
                plan.run_each(self._copies, list(x[first : first + threads]))
                runs += [[p.read(i) for i in self.graph.heads] for p in self._copies]
        return runs
