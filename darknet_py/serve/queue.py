"""The queue before the workers: who gets the next job, and what becomes of one."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from math import ceil

from ..errors import DarknetError
from .jobs import Answer, Facts, Job, Refusal
from .process import Ended
from .settings import Settings
from .slots import Slot
from .waiting import TRIES, Ticket, Waiting

__all__ = ["Queue"]

AHEAD = 2  # jobs that a worker has beside those that it does
PAUSE = 0.1  # seconds until a refusal: clients that ask again at once would take the time of those who wait
AGAIN = 10  # seconds until a client asks again for a model that cannot be loaded
STUCK = 60.0  # seconds after which a process is ended that goes on with a job that nobody wants
log = logging.getLogger("darknet_py")


class Queue:
    """``tickets``: all that somebody waits for; ``served``: the models, as they are to answer."""

    def __init__(self, slots: Sequence[Slot], settings: Settings, served: Mapping[str, Facts]) -> None:
        self.tickets = set[Ticket]()
        self._slots, self._settings, self._served = slots, settings, served
        self._waiting, self._bytes, self._pace = Waiting(), 0, 0.1

    async def ask(self, job: Job, seconds: float) -> Answer:
        """See ``Workers``: of a model that there is."""
        try:
            ticket = self._ticket(job)
        except Refusal:
            await asyncio.sleep(PAUSE)
            raise
        late = Refusal(504, f"no answer within {seconds:g} s")
        timer = asyncio.get_running_loop().call_later(seconds, ticket.fail, late)
        self.tickets.add(ticket)
        self._bytes += len(job.data)
        self._waiting.add(ticket)
        self.pass_on()
        try:
            return await ticket.future
        finally:
            timer.cancel()
            self.tickets.discard(ticket)
            self._bytes -= len(job.data)
            self._leave(ticket)

    def _ticket(self, job: Job) -> Ticket:
        """A place in the queue.  Raises Refusal."""
        if all(slot.failing for slot in self._slots):
            raise Refusal(503, "no worker can be kept running; see the service's log", 10)
        if self.lacks(job.model):
            raise _lacking(job.model)
        full = self.tickets and self._bytes + len(job.data) > self._settings.queue_bytes
        if full or len(self.tickets) >= self._settings.room:
            wait = len(self.tickets) * self._pace / (self._settings.cores * self._settings.workers)
            raise Refusal(503, f"{len(self.tickets)} pictures are waiting already; try again later", max(1, ceil(wait)))
        return Ticket(job, asyncio.get_running_loop().create_future())

    def lacks(self, model: str) -> bool:
        """Whether there is no worker that has a model, or may have it soon."""
        return all(model in slot.lacks or slot.failing for slot in self._slots)

    def refuse(self) -> None:
        """Let nobody wait for a model that is lacking now."""
        for ticket in self.tickets:
            if self.lacks(ticket.job.model):
                ticket.fail(_lacking(ticket.job.model))

    def _fits(self, slot: Slot, ticket: Ticket) -> bool:
        """Whether a worker has its model as it is served; one that takes no more jobs is as it was."""
        there, served = slot.facts.get(ticket.job.model), self._served.get(ticket.job.model)
        return there is not None and (served is None or there.digest == served.digest)

    def _ready(self) -> list[Slot]:
        return [slot for slot in self._slots if slot.ready]

    def pass_on(self) -> None:
        """Give what waits to those who have a hand free."""
        while any(self._give(slot) for slot in sorted(self._ready(), key=lambda slot: len(slot.in_flight))):
            pass

    def _give(self, slot: Slot) -> bool:
        """Whether there was a job for it."""
        ticket = self._next(slot)
        if ticket is None:
            return False
        ticket.queued = time.perf_counter() - ticket.since
        slot.in_flight.add(ticket)
        ticket.number, future = slot.order("see", ticket.job)
        future.add_done_callback(partial(self._done, slot, ticket))
        return True

    def _next(self, slot: Slot) -> Ticket | None:
        """A picture that may have ended a worker is tried again, with no other beside it: the first slot that has
        its model is for it."""
        fits = partial(self._fits, slot)
        if slot.alone:
            return None
        if slot is self._suspected():
            if slot.in_flight:
                return None
            if suspect := self._waiting.next_suspect(fits):
                return suspect
        if len(slot.in_flight) >= self._settings.hands + AHEAD:
            return None
        return self._waiting.next(slot.slow < self._settings.hands // 2, fits)

    def _suspected(self) -> Slot | None:
        """Where pictures are tried that may have ended a worker."""
        suspects = self._waiting.suspects
        return next((slot for slot in self._ready() if any(self._fits(slot, ticket) for ticket in suspects)), None)

    def _done(self, slot: Slot, ticket: Ticket, future: asyncio.Future[Answer]) -> None:
        slot.in_flight.discard(ticket)
        if ticket.stuck:
            ticket.stuck.cancel()
        error = future.exception()
        if isinstance(error, Ended):
            self._once_more(ticket, error.begun)
        elif error:
            ticket.fail(_refusal(error))
        elif ticket.wanted:
            self._answer(ticket, future.result())
        self.pass_on()

    def _answer(self, ticket: Ticket, answer: Answer) -> None:
        queued = answer.seconds["queue"]
        self._pace += (sum(answer.seconds.values()) - queued - self._pace) / 16
        ticket.future.set_result(replace(answer, seconds={**answer.seconds, "queue": queued + ticket.queued}))

    def _once_more(self, ticket: Ticket, begun: bool) -> None:
        """A worker ended that had it in hand; if it had ``begun``, that may be why."""
        ticket.ends += begun
        if ticket.ends >= TRIES:
            log.error("a picture of %d bytes ended %d workers, and is not tried again", len(ticket.job.data), TRIES)
            ticket.fail(Refusal(500, "the processes that worked on this picture have ended; it is not tried again"))
        elif ticket.wanted:
            self._waiting.put_back(ticket)

    def _leave(self, ticket: Ticket) -> None:
        """Nobody waits for it any more."""
        if self._waiting.remove(ticket):
            return
        for slot in self._slots:
            if ticket in slot.in_flight and slot.process:
                slot.process.drop(ticket.number)
                ticket.stuck = asyncio.get_running_loop().call_later(STUCK, self._end_stuck, slot, ticket)

    def _end_stuck(self, slot: Slot, ticket: Ticket) -> None:
        log.error("worker %d does not leave a picture of %d bytes, and is ended", slot.number, len(ticket.job.data))
        if slot.process:
            slot.process.kill()


def _lacking(model: str) -> Refusal:
    return Refusal(503, f"model {model} cannot be loaded at the moment; try again later", AGAIN)


def _refusal(error: BaseException) -> Refusal:
    """What a client is told of a worker's error: options that cannot be are its own fault."""
    if isinstance(error, Refusal):
        return error
    if type(error) is DarknetError:
        return Refusal(422, str(error))
    log.error("a picture could not be seen: %s", error)
    return Refusal(500, "this picture cannot be seen; see the service's log")
