"""Processes that compute, the queue before them, and the models that they have: ``jobs.Workers``."""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections.abc import Coroutine, Iterable, Mapping
from contextlib import AsyncExitStack
from typing import Any

from .._support.words import brief
from ..errors import DarknetError
from ..store import Model
from .jobs import Answer, Facts, Job, Refusal
from .places import Place
from .process import Ended, WorkerProcess
from .queue import Queue
from .settings import Settings
from .watching import signatures, watch

__all__ = ["start_workers"]

END = 5.0  # seconds that processes have to end by themselves
log = logging.getLogger("darknet_py")


async def start_workers(models: Mapping[str, Model], settings: Settings) -> _Pool:
    """Workers that have loaded the models.  Raises DarknetError where that cannot be; then nothing is left running."""
    async with AsyncExitStack() as stack:
        pool = _Pool(models, settings)
        stack.push_async_callback(pool.close, 0)
        await pool.start()
        stack.pop_all()
    return pool


class _Pool:
    """``models``: those that are served."""

    def __init__(self, sources: Mapping[str, Model], settings: Settings) -> None:
        self.models: dict[str, Facts] = {}
        self._sources, self._settings = dict(sources), settings
        self._kept = dict(sources)  # what a new process loads
        self._places = [Place(i + 1, settings, lambda: self._kept, self._came) for i in range(settings.workers)]
        self._queue, self._ending = Queue(self._places, settings), False
        self._loading, self._tasks = asyncio.Lock(), set[asyncio.Task[None]]()

    async def start(self) -> None:
        """The first process compiles what the others find."""
        before = signatures(self._sources)
        first, *others = self._places
        await first.begin()
        self.models.update(first.facts)
        await asyncio.gather(*(place.begin() for place in others))
        for place in self._places:
            self._run(place.keep())
        if self._settings.watch:
            self._run(watch(self._sources, before, self.load, lambda: self.models))

    @property
    def ready(self) -> bool:
        """See ``Workers``."""
        return not self._ending and any(self._ready())

    async def ask(self, job: Job, seconds: float) -> Answer:
        """See ``Workers``."""
        if self._ending:
            raise Refusal(503, "the service is ending")
        if job.model not in self.models:
            raise Refusal(404, f"no model {job.model!r}; there are: {brief(self.models)}")
        return await self._queue.ask(job, seconds)

    async def load(self, name: str) -> None:
        """See ``Workers``; it goes on where the one who asked for it leaves."""
        await asyncio.shield(self._run(self._load(name)))

    async def _load(self, name: str) -> None:
        if name not in self._sources:
            raise Refusal(404, f"no model {name!r}")
        async with self._loading:
            asked: dict[Place, WorkerProcess] = {}  # another process at the same place has read the files by itself
            replies: list[Facts | BaseException] = []
            while places := [place for place in self._ready() if place not in asked]:  # one may have come meanwhile
                asked |= {place: place.process for place in places if place.process}
                orders = [place.order("load", (name, self._sources[name]))[1] for place in places]
                replies += await asyncio.gather(*orders, return_exceptions=True)
            try:
                facts = _same(name, replies)
            except DarknetError:
                _tell(asked.values(), "forget", name)
                raise
            _tell(asked.values(), "use", name)
            self._kept[name], self.models[name] = self._sources[name], facts

    async def unload(self, name: str) -> None:
        """See ``Workers``; it goes on, likewise."""
        await asyncio.shield(self._run(self._unload(name)))

    async def _unload(self, name: str) -> None:
        if name not in self.models:
            raise Refusal(404, f"no model {name!r}")
        del self.models[name]
        if last := [ticket.future for ticket in self._queue.tickets if ticket.job.model == name]:
            await asyncio.wait(last)
        if name not in self.models:
            self._kept.pop(name, None)
            _tell([place.process for place in self._ready()], "unload", name)

    async def close(self, grace: float) -> None:
        """See ``Workers``."""
        self._ending = True
        if self._queue.tickets and grace > 0:
            await asyncio.wait([ticket.future for ticket in self._queue.tickets], timeout=grace)
        for task in self._tasks:
            task.cancel()
        for ticket in self._queue.tickets:
            ticket.fail(Refusal(503, "the service is ending"))
        await asyncio.gather(*(place.process.end(END if grace else 0) for place in self._places if place.process))

    def _ready(self) -> list[Place]:
        return [place for place in self._places if place.ready]

    def _came(self, place: Place) -> None:
        """A new process has read what the files are now: if that is something else, so shall the others."""
        for name, facts in place.facts.items():
            if name in self.models and self.models[name].digest != facts.digest:
                log.warning("%s: its files have changed; it is loaded anew", name)
                self._run(self._load_again(name))
        _tell([place.process], "unload", *(name for name in place.facts if name not in self._kept))
        self._queue.pass_on()

    async def _load_again(self, name: str) -> None:
        try:
            await self.load(name)
        except DarknetError as e:
            log.error("%s: %s", name, e)

    def _run(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task


def _tell(processes: Iterable[WorkerProcess | None], order: str, *names: str) -> None:
    for process, name in itertools.product(processes, names):
        if process:
            process.order(order, name)


def _same(name: str, replies: Iterable[Facts | BaseException]) -> Facts:
    """What all workers say of a model that they have loaded.  Raises DarknetError where one could not."""
    facts = [reply for reply in replies if isinstance(reply, Facts)]
    errors = [reply for reply in replies if isinstance(reply, DarknetError) and not isinstance(reply, Ended)]
    if errors:
        raise errors[0]
    if not facts:
        raise Refusal(503, "no worker is there to load it; try again", 1)
    if len({each.digest for each in facts}) > 1:
        raise DarknetError(f"{name}: its files were written to while they were loaded; try again")
    return facts[0]
