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
from .places import Place
from .process import Ended
from .settings import Settings
from .waiting import TRIES, Ticket, Waiting

__all__ = ["Queue"]

AHEAD = 2  # jobs that a worker has beside those that it does
PAUSE = 0.1  # seconds until a refusal: clients that ask again at once would take the time of those who wait
AGAIN = 10  # seconds until a client asks again for a model that cannot be loaded
STUCK = 60.0  # seconds after which a process is ended that goes on with a job that nobody wants
log = logging.getLogger("darknet_py")


class Queue:
    """``tickets``: all that somebody waits for; ``served``: the models, as they are to answer."""

    def __init__(self, places: Sequence[Place], settings: Settings, served: Mapping[str, Facts]) -> None:
        self.tickets = set[Ticket]()
        self._places, self._settings, self._served = places, settings, served
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
        if all(place.failing for place in self._places):
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
        return all(model in place.lacks or place.failing for place in self._places)

    def refuse(self) -> None:
        """Let nobody wait for a model that is lacking now."""
        for ticket in self.tickets:
            if self.lacks(ticket.job.model):
                ticket.fail(_lacking(ticket.job.model))

    def _fits(self, place: Place, ticket: Ticket) -> bool:
        """Whether a worker has its model as it is served; one that takes no more jobs is as it was."""
        there, served = place.facts.get(ticket.job.model), self._served.get(ticket.job.model)
        return there is not None and (served is None or there.digest == served.digest)

    def _ready(self) -> list[Place]:
        return [place for place in self._places if place.ready]

    def pass_on(self) -> None:
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
        """A picture that may have ended a worker is tried once more, with no other beside it: the first place that has
        its model is for it."""
        fits = partial(self._fits, place)
        if place.alone:
            return None
        if place is self._suspected():
            if place.hand:
                return None
            if suspect := self._waiting.next_suspect(fits):
                return suspect
        if len(place.hand) >= self._settings.hands + AHEAD:
            return None
        return self._waiting.next(place.slow < self._settings.hands // 2, fits)

    def _suspected(self) -> Place | None:
        """Where pictures are tried that may have ended a worker."""
        suspects = self._waiting.suspects
        return next((place for place in self._ready() if any(self._fits(place, ticket) for ticket in suspects)), None)

    def _done(self, place: Place, ticket: Ticket, future: asyncio.Future[Answer]) -> None:
        place.hand.discard(ticket)
        if ticket.stuck:
            ticket.stuck.cancel()
        error = future.exception()
        if isinstance(error, Ended):
            self._once_more(ticket)
        elif error:
            ticket.fail(_refusal(error))
        elif ticket.wanted:
            self._answer(ticket, future.result())
        self.pass_on()

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
                ticket.stuck = asyncio.get_running_loop().call_later(STUCK, self._end_stuck, place, ticket)

    def _end_stuck(self, place: Place, ticket: Ticket) -> None:
        log.error("worker %d does not leave a picture of %d bytes, and is ended", place.number, len(ticket.job.data))
        if place.process:
            place.process.kill()


def _lacking(model: str) -> Refusal:
    return Refusal(503, f"model {model} cannot be loaded at the moment; try again later", AGAIN)


def _refusal(error: BaseException) -> Refusal:
    """What a client is told of a worker's error: options that cannot be are its own fault."""
    if isinstance(error, Refusal):
        return error
    if type(error) is DarknetError:
        return Refusal(400, str(error))
    log.error("a picture could not be seen: %s", error)
    return Refusal(500, "this picture cannot be seen; see the service's log")
