"""Jobs that wait for a worker: small pictures, large ones, and those that were in hand when a worker died."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from dataclasses import dataclass, field

from ..image import claimed_size
from .jobs import Answer, Job

__all__ = ["Ticket", "Waiting"]

LARGE = 1 << 22  # pixels
TRIES = 2  # that may end a worker


@dataclass(eq=False)
class Ticket:
    """A job on its way; ``future``: its answer; ``ends``: how many workers died while they had it in hand;
    ``queued``: seconds until one got it, as its order ``number``; ``stuck``: what ends a worker that does not leave it.
    """

    job: Job
    future: asyncio.Future[Answer]
    since: float = field(default_factory=time.perf_counter)
    ends: int = 0
    queued: float = 0.0
    number: int = 0
    stuck: asyncio.TimerHandle | None = None

    def __post_init__(self) -> None:
        width, height = claimed_size(self.job.data) or (0, 0)
        self.slow = width * height > LARGE or self.job.options.get("tile") is not None

    def fail(self, error: BaseException) -> None:
        if self.wanted:
            self.future.set_exception(error)

    @property
    def wanted(self) -> bool:
        """Whether somebody waits for it."""
        return not self.future.done()


class Waiting:
    """Slow jobs take their turn beside the quick ones, never before all of them."""

    def __init__(self) -> None:
        self.quick, self.slow, self.suspects = deque[Ticket](), deque[Ticket](), deque[Ticket]()

    def add(self, ticket: Ticket) -> None:
        (self.slow if ticket.slow else self.quick).append(ticket)

    def remove(self, ticket: Ticket) -> bool:
        """Whether it was waiting."""
        for line in (self.quick, self.slow, self.suspects):
            if ticket in line:
                line.remove(ticket)
                return True
        return False

    def next(self, slow: bool) -> Ticket | None:
        """The next one; ``slow``: it may be a slow one."""
        return _first(self.slow if slow else deque()) or _first(self.quick)

    def next_suspect(self) -> Ticket | None:
        return _first(self.suspects)


def _first(line: deque[Ticket]) -> Ticket | None:
    """The first one that somebody waits for."""
    while line:
        if (ticket := line.popleft()).wanted:
            return ticket
    return None
