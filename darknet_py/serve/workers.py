"""Processes that compute, the queue before them, and the models that they have: ``jobs.Workers``."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine, Iterable, Mapping
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import Any

from .._support.words import brief
from ..errors import DarknetError
from ..store import Model
from . import slots
from .jobs import Answer, Facts, Job, Refusal
from .process import Ended, WorkerProcess
from .queue import Queue
from .settings import Settings
from .slots import Slot
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
    def __init__(self, sources: Mapping[str, Model], settings: Settings) -> None:
        self._served: dict[str, Facts] = {}
        self._sources, self._settings = dict(sources), settings
        self._kept = dict(sources)  # what a new process loads
        self._slots = [Slot(i + 1, settings, lambda: self._kept, self._came) for i in range(settings.workers)]
        self._queue, self._ending = Queue(self._slots, settings, self._served), False
        self._told: dict[str, str] = {}  # why a model cannot be loaded
        self._loading, self._tasks = asyncio.Lock(), set[asyncio.Task[None]]()

    async def start(self) -> None:
        """The first process compiles what the others find."""
        before = signatures(self._sources)
        first, *others = self._slots
        await first.begin(strict=True)
        self._served.update(first.facts)
        await asyncio.gather(*(slot.begin(strict=True) for slot in others))
        for slot in self._slots:
            self._run(slot.keep())
        self._run(self._mend())
        if self._settings.watch:
            self._run(watch(self._sources, before, self.load, lambda: self._served if self._ready() else {}))

    @property
    def models(self) -> Mapping[str, Facts]:
        """See ``Workers``."""
        lacking = filter(self._queue.lacks, self._served)
        return {**self._served, **{name: replace(self._served[name], ready=False) for name in lacking}}

    @property
    def ready(self) -> bool:
        """See ``Workers``."""
        there = [facts.ready for facts in self.models.values()]
        return not self._ending and bool(self._ready()) and (any(there) or not there)

    @property
    def alive(self) -> int:
        """See ``Workers``."""
        return len(self._ready())

    @property
    def deaths(self) -> int:
        """See ``Workers``."""
        return sum(slot.deaths for slot in self._slots)

    async def ask(self, job: Job, seconds: float) -> Answer:
        """See ``Workers``."""
        if self._ending:
            raise Refusal(503, "the service is ending")
        if job.model not in self._served:
            raise Refusal(404, f"no model {job.model!r}; there are: {brief(self._served)}")
        return await self._queue.ask(job, seconds)

    async def load(self, name: str) -> None:
        """See ``Workers``; it goes on where the one who asked for it leaves."""
        await asyncio.shield(self._run(self._load(name)))

    async def _load(self, name: str) -> None:
        if name not in self._sources:
            raise Refusal(404, f"no model {name!r}")
        async with self._loading:
            fresh: dict[WorkerProcess, Facts | BaseException] = {}
            while processes := [each for each in self._processes() if each not in fresh]:  # one may have come meanwhile
                orders = [each.order("load", (name, self._sources[name]))[1] for each in processes]
                fresh.update(zip(processes, await asyncio.gather(*orders, return_exceptions=True)))
            try:
                facts = _same(name, fresh.values())
            except DarknetError:
                _tell(fresh, "forget", name)
                raise
            _tell(fresh, "use", name)
            self._kept[name], self._served[name] = self._sources[name], facts
            for slot in self._ready():
                slot.take(facts)
        self._repaired()
        self._queue.pass_on()

    def _processes(self) -> list[WorkerProcess]:
        return [slot.process for slot in self._ready() if slot.process]

    async def unload(self, name: str) -> None:
        """See ``Workers``; it goes on, likewise."""
        await asyncio.shield(self._run(self._unload(name)))

    async def _unload(self, name: str) -> None:
        if name not in self._served:
            raise Refusal(404, f"no model {name!r}")
        del self._served[name]
        if last := [ticket.future for ticket in self._queue.tickets if ticket.job.model == name]:
            await asyncio.wait(last)
        if name not in self._served:
            self._kept.pop(name, None)
            for slot in self._slots:
                slot.drop(name)
            _tell(self._processes(), "unload", name)

    async def close(self, grace: float) -> None:
        """See ``Workers``."""
        self._ending = True
        if self._queue.tickets and grace > 0:
            await asyncio.wait([ticket.future for ticket in self._queue.tickets], timeout=grace)
        for task in self._tasks:
            task.cancel()
        for ticket in self._queue.tickets:
            ticket.fail(Refusal(503, "the service is ending"))
        await asyncio.gather(*(slot.process.end(END if grace else 0) for slot in self._slots if slot.process))

    def _ready(self) -> list[Slot]:
        return [slot for slot in self._slots if slot.ready]

    def _came(self, slot: Slot) -> None:
        """A new process, or one with a model more, which has read what the files are now."""
        for name in [name for name in (*slot.facts, *slot.lacks) if name not in self._kept]:
            slot.drop(name)
            slot.order("unload", name)
        for name, error in slot.lacks.items():
            if self._told.get(name) != str(error):
                self._told[name] = str(error)
                log.error("%s: a worker cannot load it, and tries again now and then: %s", name, error)
        self._repaired()
        for name in self._served:
            self._agree(name)
        self._queue.refuse()
        self._queue.pass_on()

    def _agree(self, name: str) -> None:
        """All workers are to have the same model: where no one has that which is served, another takes its slot."""
        there = {facts.digest: facts for slot in self._ready() if (facts := slot.facts.get(name))}
        if there and self._served[name].digest not in there:
            self._served[name] = next(iter(there.values()))
            log.warning("%s: its files have changed; what they are now is served", name)
        if len(there) > 1:
            log.warning("%s: its files have changed; it is loaded anew", name)
            self._run(self._load_again(name))

    def _repaired(self) -> None:
        for name in [name for name in self._told if not any(name in slot.lacks for slot in self._slots)]:
            del self._told[name]
            log.info("%s: it could be loaded again", name)

    async def _mend(self) -> None:
        """Try again what workers could not load, later each time."""
        pause = slots.FIRST
        while True:
            await asyncio.sleep(pause)
            lacking = [slot for slot in self._ready() if slot.lacks]
            pause = min(2 * pause, slots.LONGEST) if lacking else slots.FIRST
            async with self._loading:
                for slot in lacking:
                    await slot.mend()

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


def _tell(processes: Iterable[WorkerProcess], order: str, name: str) -> None:
    for process in processes:
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
