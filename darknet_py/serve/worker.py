"""A process that computes for a service: orders come through its standard input, an answer for each leaves by its output.

It ends when its input does, as when the front was killed; what a terminal or a service manager sends to all processes of
a service it leaves to the front.
"""

from __future__ import annotations

import logging
import os
import threading
import time
import warnings
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import Any

from ..errors import DarknetError, DarknetWarning, ImageError
from ..image import LIMIT_REMEDY
from ..store import Model
from . import wire
from .jobs import Answer, Facts, Job, Refusal
from .models import loaded
from .seeing import KINDS, Seer, Stages
from .settings import Settings

__all__ = ["main"]

log = logging.getLogger("darknet_py")


def main() -> None:
    front = wire.Front()
    with suppress(EOFError):
        _Worker(front.order(), front).run()
    os._exit(0)  # whatever goes on, nobody waits for it


class _Worker:
    """``pool`` does jobs, ``loader`` what takes longer; ``mine.number``: of the job that a thread does."""

    def __init__(self, settings: Settings, front: wire.Front) -> None:
        self.settings, self.front = settings, front
        self.pool, self.loader = ThreadPoolExecutor(settings.hands), ThreadPoolExecutor(1, "darknet_py-loader")
        self.seers: dict[str, Seer] = {}
        self.fresh: dict[str, Seer] = {}
        self.wanted = set[int]()
        self.mine = threading.local()
        self._log()

    def run(self) -> None:
        """Follow orders.  Raises EOFError after the last one."""
        while True:
            kind, number, value = self.front.order()
            getattr(self, f"_{kind}")(number, value)

    def _see(self, number: int, job: Job) -> None:
        self.wanted.add(number)
        self.pool.submit(self._seen, number, job, time.perf_counter()).add_done_callback(partial(self._answer, number))

    def _drop(self, number: int, _: object) -> None:
        """Nobody waits for a job any more."""
        self.wanted.discard(number)

    def _load(self, number: int, order: tuple[str, Model]) -> None:
        """Have a model ready, beside the one of its name; ``_use`` puts it into that one's place."""
        self.loader.submit(self._loaded, *order).add_done_callback(partial(self._answer, number))

    def _use(self, number: int, name: str) -> None:
        self.seers[name] = self.fresh.pop(name)
        self.front.tell((number, None))

    def _forget(self, number: int, name: str) -> None:
        """Drop a model that was not used after all."""
        self.loader.submit(self.fresh.pop, name, None).add_done_callback(partial(self._answer, number))

    def _unload(self, number: int, name: str) -> None:
        self.seers.pop(name, None)
        self.front.tell((number, None))

    def _loaded(self, name: str, model: Model) -> Facts:
        self.fresh[name] = loaded(name, model, self.settings, self._alive)
        return self.fresh[name].facts

    def _seen(self, number: int, job: Job, since: float) -> Answer:
        self.mine.number = number
        self.front.tell(wire.Begun(number))
        stages = Stages(last=since)
        stages.end("queue")
        seer = self.seers.get(job.model)
        if seer is None:
            raise Refusal(404, f"no model {job.model!r} is loaded")
        try:
            self._alive()
            body = KINDS[job.kind](seer, job, stages)
        finally:
            self.mine.number = None
        stages.end("encode")
        return Answer(body, stages.seconds, seer.gathering.last.batch)

    def _alive(self) -> None:
        """Raises CancelledError on a thread whose job was dropped."""
        number = getattr(self.mine, "number", None)
        if number is not None and number not in self.wanted:
            raise CancelledError

    def _answer(self, number: int, future: Future[Any]) -> None:
        self.wanted.discard(number)
        error = CancelledError() if future.cancelled() else future.exception()
        self.front.tell((number, future.result() if error is None else _refusal(error)))

    def _log(self) -> None:
        """Tell the front what is logged, and what loading warns of."""
        log.addHandler(self.front)
        log.setLevel(logging.INFO)
        log.propagate = False
        warnings.simplefilter("always", DarknetWarning)
        warnings.showwarning = self._warn

    def _warn(self, message: Warning | str, *_: Any, **__: Any) -> None:
        """Of pictures nobody is to know."""
        if threading.current_thread().name.startswith("darknet_py-loader"):
            log.warning("%s", message)


def _refusal(error: BaseException) -> BaseException:
    """What the front is told of an error; the log is told of those that should not be."""
    if isinstance(error, ImageError):
        return Refusal(422, str(error).partition(LIMIT_REMEDY)[0])
    if isinstance(error, DarknetError):
        return error
    if isinstance(error, CancelledError):
        return Refusal(499, "nobody waits for this picture any more")
    log.error("a worker's fault: %s: %s", type(error).__name__, error, exc_info=error)
    return Refusal(500, f"internal error ({type(error).__name__}); see the service's log")
