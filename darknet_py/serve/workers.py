"""Processes that compute, the queue before them, and the models that they have: ``jobs.Workers``."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Coroutine, Mapping
from contextlib import AsyncExitStack
from dataclasses import replace
from functools import partial
from math import ceil
from typing import Any

from ..errors import DarknetError
from ..store import Model
from .jobs import Answer, Facts, Job, Refusal
from .places import Place
from .process import Ended
from .settings import Settings
from .waiting import TRIES, Ticket, Waiting
from .watching import signatures, watch

__all__ = ["start_workers"]

AHEAD = 2  # jobs that a worker has beside those that it does
STUCK = 60.0  # seconds after which a process is ended that goes on with a job that nobody wants
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
        self._waiting, self._tickets, self._bytes = Waiting(), set[Ticket](), 0
        self._kept = dict(sources)  # what a new process loads
        self._places = [Place(i + 1, settings, lambda: self._kept, self._came) for i in range(settings.workers)]
        self._pace, self._ending = 0.1, False
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
        ticket = self._ticket(job)
        late = Refusal(504, f"no answer within {seconds:g} s")
        timer = asyncio.get_running_loop().call_later(seconds, ticket.fail, late)
        self._tickets.add(ticket)
        self._bytes += len(job.data)
        self._waiting.add(ticket)
        self._pass_on()
        try:
            return await ticket.future
        finally:
            timer.cancel()
            self._tickets.discard(ticket)
            self._bytes -= len(job.data)
            self._leave(ticket)

    async def load(self, name: str) -> None:
        """See ``Workers``."""
        if name not in self._sources:
            raise Refusal(404, f"no model {name!r}")
        async with self._loading:
            order = name, self._sources[name]
            processes = [place.process for place in self._ready() if place.process]
            replies = await asyncio.gather(*(p.order("load", order)[1] for p in processes), return_exceptions=True)
            facts = [reply for reply in replies if isinstance(reply, Facts)]
            errors = [e for e in replies if isinstance(e, BaseException) and not isinstance(e, Ended)]
            for process in processes:
                process.order("forget" if errors or not facts else "use", name)
            if errors or not facts:
                raise errors[0] if errors else Refusal(503, "no worker is there; try again", 1)
            self._kept[name] = self._sources[name]
            self.models[name] = facts[0]

    async def unload(self, name: str) -> None:
        """See ``Workers``."""
        if name not in self.models:
            raise Refusal(404, f"no model {name!r}")
        del self.models[name]
        if last := [ticket.future for ticket in self._tickets if ticket.job.model == name]:
            await asyncio.wait(last)
        if name not in self.models:
            self._kept.pop(name, None)
            for place in self._ready():
                place.order("unload", name)

    async def close(self, grace: float) -> None:
        """See ``Workers``."""
        self._ending = True
        if self._tickets and grace > 0:
            await asyncio.wait([ticket.future for ticket in self._tickets], timeout=grace)
        for task in self._tasks:
            task.cancel()
        for ticket in self._tickets:
            ticket.fail(Refusal(503, "the service is ending"))
        await asyncio.gather(*(place.process.end(END if grace else 0) for place in self._places if place.process))

    def _ticket(self, job: Job) -> Ticket:
        """A place in the queue.  Raises Refusal."""
        if self._ending:
            raise Refusal(503, "the service is ending")
        if job.model not in self.models:
            raise Refusal(404, f"no model {job.model!r}; there are: {', '.join(self.models)}")
        if all(place.failing for place in self._places):
            raise Refusal(503, "no worker can be kept running; see the service's log", 10)
        full = self._tickets and self._bytes + len(job.data) > self._settings.queue_bytes
        if full or len(self._tickets) >= self._settings.queue:
            wait = len(self._tickets) * self._pace / (self._settings.cores * self._settings.workers)
            raise Refusal(503, f"{len(self._tickets)} pictures are waiting already; try again later", max(1, ceil(wait)))
        return Ticket(job, asyncio.get_running_loop().create_future())

    def _ready(self) -> list[Place]:
        return [place for place in self._places if place.ready]

    def _pass_on(self) -> None:
        """Give what waits to those who have a hand free."""
        while any(self._give(place) for place in sorted(self._ready(), key=lambda place: len(place.hand))):
            pass

    def _give(self, place: Place) -> bool:
        """Whether there was a job for it."""
        ticket = self._next(place)
        if ticket is None:
            return False
        ticket.queued = time.perf_counter() - ticket.since
        place.hand.add(ticket)
        ticket.number, future = place.order("see", ticket.job)
        future.add_done_callback(partial(self._done, place, ticket))
        return True

    def _next(self, place: Place) -> Ticket | None:
        """A picture that may have ended a worker is tried once more, with no other beside it: the first place is for it."""
        if place.alone:
            return None
        if self._waiting.suspects and place is self._ready()[0]:
            return None if place.hand else self._waiting.suspects.popleft()
        if len(place.hand) >= self._settings.hands + AHEAD:
            return None
        return self._waiting.next(slow=place.slow < self._settings.hands // 2)

    def _done(self, place: Place, ticket: Ticket, future: asyncio.Future[Answer]) -> None:
        place.hand.discard(ticket)
        error = future.exception()
        if isinstance(error, Ended):
            self._once_more(ticket)
        elif error:
            ticket.fail(error if isinstance(error, Refusal) else Refusal(400, str(error)))
        elif ticket.wanted:
            self._answer(ticket, future.result())
        self._pass_on()

    def _answer(self, ticket: Ticket, answer: Answer) -> None:
        queued = answer.seconds["queue"]
        self._pace += (sum(answer.seconds.values()) - queued - self._pace) / 16
        ticket.future.set_result(replace(answer, seconds={**answer.seconds, "queue": queued + ticket.queued}))

    def _once_more(self, ticket: Ticket) -> None:
        """A worker ended that had it in hand."""
        ticket.ends += 1
        if ticket.ends >= TRIES:
            log.error("a picture of %d bytes ended %d workers, and is not tried again", len(ticket.job.data), TRIES)
            ticket.fail(Refusal(500, "the processes that worked on this picture have ended; it is not tried again"))
        elif ticket.wanted:
            self._waiting.suspects.append(ticket)

    def _leave(self, ticket: Ticket) -> None:
        """Nobody waits for it any more."""
        if self._waiting.remove(ticket):
            return
        for place in self._places:
            if ticket in place.hand and place.process:
                place.process.drop(ticket.number)
                asyncio.get_running_loop().call_later(STUCK, self._end_stuck, place, ticket)

    def _end_stuck(self, place: Place, ticket: Ticket) -> None:
        if ticket in place.hand and place.process:
            log.error("worker %d does not leave a picture of %d bytes, and is ended", place.number, len(ticket.job.data))
            place.process.kill()

    def _came(self, place: Place) -> None:
        """A new process has read what the files are now: if that is something else, so shall the others."""
        for name, facts in place.facts.items():
            if name in self.models and self.models[name].digest != facts.digest:
                log.warning("%s: its files have changed; it is loaded anew", name)
                self._run(self._load_again(name))
        self._pass_on()

    async def _load_again(self, name: str) -> None:
        try:
            await self.load(name)
        except DarknetError as e:
            log.error("%s: %s", name, e)

    def _run(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
