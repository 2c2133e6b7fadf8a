"""The native engine: a network's plans, and how pictures and threads share them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from .._support import forks
from .._support.machine import memory_limit
from ..engine_api.options import Options, positive_int
from ..engine_api.profile import Profile
from ..graph import Graph
from ..weights import Params
from . import plan
from .options import PlanOptions

__all__ = ["NativeNetwork"]

Array = npt.NDArray[np.float32]
SMALL = 10e9  # floating-point operations of a network
SHARE = 4  # of the memory that there is, what pictures at the same time may take: a quarter


class NativeNetwork:
    """A network compiled for this machine; callers from several Python threads take turns, but for those of ``alone``.

    ``batch``: a picture a thread where the network is small, and there is little to share out in a layer; else 1.
    """

    def __init__(self, graph: Graph, params: Params, options: Options) -> None:
        self.graph, self.params, self.options = graph, params, PlanOptions.of(options)
        self.plan = self._compile(self.options)
        self.batch = self._together() if graph.flops < SMALL else 1
        self._turn = forks.lock(self, "_turn")
        self._idle = [self.plan]  # and copies of it
        self._keeping: plan.Plan | None = None

    def predict(self, x: Array) -> list[Array]:
        """The outputs of ``graph.outputs``, (n, c, h, w) each, for x, (n, c, h, w)."""
        together = len(x) // self.batch * self.batch if self.batch > 1 else 0
        return _stacked(self._run_each(x[:together]) + [self._run(one) for one in x[together:]])

    def alone(self, x: Array) -> list[Array]:
        """``predict`` on the caller's thread only; others may do the same at the same time."""
        runs = []
        for one in x:
            with self._borrowed() as program:
                program.run_alone(one)
                runs.append(self._outputs(program))
        return _stacked(runs)

    def activations(self, x: Array) -> dict[int, Array]:
        """{layer: its output (c, h, w)} for x, (c, h, w); a second plan keeps them all.

        Raises WeightsError when the file of the weights was written to since it was loaded.
        """
        if self._keeping is None:
            self._keeping = self._compile(replace(self.options, keep=True))
        with self._turn:
            self._keeping.run(x)
            return {node.index: self._keeping.read(node.index) for node in self.graph.nodes}

    def profile(self, x: Array, runs: int | None = None) -> Profile:
        """What each layer costs for x, (c, h, w).  Raises DarknetError for ``runs`` that are no number from 1."""
        from .profile import measure

        timed = positive_int("runs", runs)
        with self._turn, self._borrowed() as program:
            return measure(program, self.graph.nodes, x, timed)

    def _compile(self, options: PlanOptions) -> plan.Plan:
        return plan.compile(self.graph.nodes, self.params, self.graph.net.shape, self.graph.outputs, options)

    def _together(self) -> int:
        """How many pictures may be computed at the same time: one a thread, as far as there is memory for them."""
        return max(1, min(self.options.threads, memory_limit().bytes // (SHARE * max(1, self.plan.arena.nbytes))))

    @contextmanager
    def _borrowed(self) -> Iterator[plan.Plan]:
        """A plan that nobody else has: an idle one, or another copy.  Raises ShapeError when there is no memory for it."""
        try:
            program = self._idle.pop()
        except IndexError:
            program = self.plan.copy()
        try:
            yield program
        finally:
            self._idle.append(program)

    def _outputs(self, program: plan.Plan) -> list[Array]:
        return [program.read(i) for i in self.graph.outputs]

    def _run(self, x: Array) -> list[Array]:
        """The outputs for a picture (c, h, w), computed by all threads."""
        with self._turn, self._borrowed() as program:
            program.run(x)
            return self._outputs(program)

    def _run_each(self, x: Array) -> list[list[Array]]:
        """The outputs for each picture, ``batch`` of them at a time."""
        runs: list[list[Array]] = []
        with self._turn, ExitStack() as stack:
            plans = [stack.enter_context(self._borrowed()) for _ in range(min(self.batch, len(x)))]
            for first in range(0, len(x), self.batch):
                plan.run_each(plans, list(x[first : first + self.batch]))
                runs += map(self._outputs, plans)
        return runs


def _stacked(runs: Sequence[Sequence[Array]]) -> list[Array]:
    """The outputs for each picture as (n, c, h, w) of each layer."""
    return [np.stack(outputs) if len(runs) > 1 else outputs[0][None] for outputs in zip(*runs, strict=True)]
