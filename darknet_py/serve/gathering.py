"""A compiled network for several threads: a picture a thread where that suits it, else gathered into batches."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from ..engine_api.profile import Profile
from ..engines import Compiled

__all__ = ["Gathering"]

Array = npt.NDArray[np.float32]


@dataclass(eq=False)
class _Asked:
    """Pictures (n, c, h, w) of one thread, and what came of them."""

    x: Array
    outputs: list[Array] = field(default_factory=list)
    batch: int = 0
    error: BaseException | None = None

    @property
    def done(self) -> bool:
        return bool(self.batch)


class Gathering:
    """``Compiled`` for ``batch`` threads at once, each of which asks for its own pictures.

    ``most``: pictures that are computed at once, by the thread whose turn it is, for all that wait then; it waits ``wait``
    seconds at most for more of them.  1: each thread computes its own, as many of them at a time as suits the network.
    ``alive``: raises what ends a thread's work when nobody wants it any more.
    """

    def __init__(self, compiled: Compiled, threads: int, most: int, wait: float, alive: Callable[[], None]) -> None:
        self.compiled, self.batch, self.most, self.wait, self.alive = compiled, threads, most, wait, alive
        self._turn: AbstractContextManager[object] = threading.Semaphore(compiled.batch if most == 1 else 1)
        self._one = compiled.alone if compiled.batch > 1 else compiled.predict
        self._waiting: list[_Asked] = []
        self._more = threading.Condition()
        self.last = threading.local()

    def predict(self, x: Array) -> list[Array]:
        """The outputs for pictures (n, c, h, w); ``last.batch``, of each thread: how many went with them."""
        if self.most > 1:
            self.alive()
            return self._gathered(_Asked(x))
        with self._turn:
            self.alive()
            self.last.batch = 1
            return self._one(x)

    alone = predict

    def activations(self, x: Array) -> dict[int, Array]:
        return self.compiled.activations(x)

    def profile(self, x: Array, runs: int | None = None) -> Profile:
        return self.compiled.profile(x, runs)

    def _gathered(self, asked: _Asked) -> list[Array]:
        with self._more:
            self._waiting.append(asked)
            self._more.notify_all()
        with self._turn:
            if not asked.done:
                self._compute(asked)
        if asked.error is not None:
            raise asked.error
        self.last.batch = asked.batch
        return asked.outputs

    def _compute(self, mine: _Asked) -> None:
        """Compute all of this thread's pictures, and of those that wait so many that there are ``most``."""
        together = self._taken(mine)
        outputs: list[Array] = []
        try:
            outputs = self.compiled.predict(np.concatenate([one.x for one in together]) if together[1:] else mine.x)
        finally:
            failed, start, count = sys.exc_info()[1], 0, sum(len(asked.x) for asked in together)
            for asked in together:
                end = start + len(asked.x)
                asked.batch, asked.error = count, failed
                asked.outputs = [output[start:end] for output in outputs]
                start = end

    def _taken(self, mine: _Asked) -> list[_Asked]:
        def pictures() -> int:
            return sum(len(asked.x) for asked in self._waiting)

        with self._more:
            self._more.wait_for(lambda: pictures() >= self.most, self.wait)
            self._waiting.remove(mine)
            together, count = [mine], len(mine.x)
            while self._waiting and count + len(self._waiting[0].x) <= self.most:
                together.append(self._waiting.pop(0))
                count += len(together[-1].x)
            return together
