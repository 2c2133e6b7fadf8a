"""Slots of worker processes: where one ends another follows."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from ..errors import DarknetError
from ..store import Model
from .jobs import Facts
from .process import Ended, WorkerProcess
from .settings import Settings
from .waiting import Ticket

__all__ = ["Slot"]

SOON = 10.0  # seconds: a process that ends sooner is not followed at once
FIRST, LONGEST = 0.5, 10.0  # seconds until it is, or what could not be loaded is tried again, doubled each time
FAILING = 3  # such processes, one after the other
log = logging.getLogger("darknet_py")


class Slot:
    """``in_flight``: the jobs that its process has; ``models``: gives those that a new process loads; ``came``: is told
    of one that is ready, or has a model more; ``facts``: of the models that it has; ``lacks``: why it has not the others."""

    def __init__(
        self, number: int, settings: Settings, models: Callable[[], Mapping[str, Model]], came: Callable[[Slot], None]
    ) -> None:
        self.number, self.settings, self.models, self.came = number, settings, models, came
        self.in_flight = set[Ticket]()
        self.process: WorkerProcess | None = None
        self.facts: dict[str, Facts] = {}
        self.lacks: dict[str, DarknetError] = {}
        self.deaths, self.failures, self._begun = 0, 0, 0.0

    @property
    def ready(self) -> bool:
        return bool(self._begun) and self.process is not None and not self.process.over

    @property
    def failing(self) -> bool:
        """Whether processes end here one after the other."""
        return self.failures >= FAILING and not self.ready

    @property
    def alone(self) -> bool:
        """Whether it has a job that may be what ended another process."""
        return any(ticket.ends for ticket in self.in_flight)

    @property
    def slow(self) -> int:
        return sum(ticket.slow for ticket in self.in_flight)

    def order(self, kind: str, value: object) -> tuple[int, asyncio.Future[Any]]:
        """To its process, which is there while it is ``ready``."""
        assert self.process
        return self.process.order(kind, value)

    async def begin(self, strict: bool) -> None:
        """Start a process, and load the models: all, where ``strict``, else those that can be.  The first slot tells
        what is to be told of them.  Raises DarknetError."""
        self._begun, self.facts = 0.0, {}
        self.process = await WorkerProcess.start(self.settings, logging.ERROR if self.number > 1 else logging.INFO)
        tried = set[str]()
        while name := next((name for name in self.models() if name not in tried), ""):
            tried.add(name)
            await self._have(name)
            if strict and name in self.lacks:
                raise self.lacks[name]
        self._begun = time.monotonic()
        self.came(self)

    async def _have(self, name: str) -> None:
        """Load a model, or note why it cannot be.  Raises Ended."""
        try:
            facts = await self.order("load", (name, self.models()[name]))[1]
            await self.order("use", name)[1]
            self.take(facts)
        except Ended:
            raise
        except DarknetError as e:
            self.lacks[name] = e

    def take(self, facts: Facts) -> None:
        """Its process uses this model now."""
        self.facts[facts.name] = facts
        self.lacks.pop(facts.name, None)

    def drop(self, name: str) -> None:
        """A model that it need not have any more."""
        self.facts.pop(name, None)
        self.lacks.pop(name, None)

    async def mend(self) -> None:
        """Load what it lacks, if that can be now."""
        with suppress(Ended):
            for name in list(self.lacks):
                if self.ready and name in self.models():
                    await self._have(name)
            self.came(self)

    async def keep(self) -> None:
        """Whenever the process ends, begin another one; later each time where it does not live long."""
        while True:
            why = await asyncio.shield(self.process.listening) if self.process else "it could not be started"
            self.deaths += 1
            pause = self._pause()
            log.error("worker %d ended (%s)%s", self.number, why, f"; another begins in {pause:g} s" if pause else "")
            await asyncio.sleep(pause)
            try:
                await self.begin(strict=False)
                log.info("worker %d is there again", self.number)
            except DarknetError as e:
                log.error("worker %d: %s", self.number, e)
                if self.process:
                    self.process.kill()

    def _pause(self) -> float:
        lived = time.monotonic() - self._begun if self._begun else 0.0
        self.failures, self._begun = (self.failures + 1 if lived < SOON else 0), 0.0
        return min(FIRST * 2 ** (self.failures - 1), LONGEST) if self.failures else 0.0
