"""Jobs that wait for a worker: small pictures, large ones, and those that were in hand when a worker died."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias

from ..image import claimed_size
from .jobs import Answer, Job

__all__ = ["Ticket", "Waiting"]

LARGE, LONG = 1 << 22, 1 << 21  # pixels, bytes of a file
HEAD = 1 << 16  # bytes in which its size is looked for: more would hold up others
TRIES = 3  # that may end a worker: some are killed by others


@dataclass(eq=False)
class Ticket:
    """A job on its way; ``future``: its answer; ``ends``: how many workers died while they worked on it;
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
        self.slow = self.job.kind != "infer" and _is_slow(self.job)

    def fail(self, error: BaseException) -> None:
        if self.wanted:
            self.future.set_exception(error)

    @property
    def wanted(self) -> bool:
        """Whether somebody waits for it."""
        return not self.future.done()


Fits: TypeAlias = Callable[[Ticket], bool]
"""Whether a worker can do a job: it has the model."""


class Waiting:
    """Slow jobs take their turn beside the quick ones, never before all of them."""

    def __init__(self) -> None:
        self.quick, self.slow, self.suspects = deque[Ticket](), deque[Ticket](), deque[Ticket]()

    def add(self, ticket: Ticket) -> None:
        (self.slow if ticket.slow else self.quick).append(ticket)

    def put_back(self, ticket: Ticket) -> None:
        """What a worker had in hand that ended: it is next."""
        (self.suspects if ticket.ends else self.slow if ticket.slow else self.quick).appendleft(ticket)

    def remove(self, ticket: Ticket) -> bool:
        """Whether it was waiting."""
        for line in (self.quick, self.slow, self.suspects):
            if ticket in line:
                line.remove(ticket)
                return True
        return False

    def next(self, slow: bool, fits: Fits) -> Ticket | None:
        """The next one that ``fits``; ``slow``: it may be a slow one."""
        return _first(self.slow if slow else deque(), fits) or _first(self.quick, fits)

    def next_suspect(self, fits: Fits) -> Ticket | None:
        return _first(self.suspects, fits)


def _is_slow(job: Job) -> bool:
    """By what is quickly seen; a long file whose size is not is taken for a large picture."""
    size = claimed_size(job.data[:HEAD])
    pixels = size[0] * size[1] if size else LARGE * (len(job.data) > HEAD) + 1
    return job.options.get("tile") is not None or len(job.data) > LONG or pixels > LARGE


def _first(line: deque[Ticket], fits: Fits) -> Ticket | None:
    """The first one that somebody waits for, and that fits."""
    while ticket := next((each for each in line if fits(each) or not each.wanted), None):
        line.remove(ticket)
        if ticket.wanted:
            return ticket
    return None
