"""Those who are sent a stream, as many as may and as slow as they like.

Each has a short queue, which whoever publishes never waits for; who does not keep up loses its oldest items.  All of it
belongs to one event loop.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

__all__ = ["CLIENTS", "OF_AN_ADDRESS", "SLOW_SECONDS", "Audience", "Listener"]

CLIENTS = 64         # of a stream at a time
OF_AN_ADDRESS = 16   # of them
SLOW_SECONDS = 2.0   # for an item; who needs more makes room for others, if there is none


class Listener:
    """Whom a stream is sent to, and the newest items that it has not been sent yet, ``backlog`` at most.

    ``drop``: called where it has to make room, if it can.
    """

    def __init__(self, backlog: int, address: str, drop: Callable[[], object]) -> None:
        self.address, self.drop = address, drop
        self.items: deque[bytes] = deque(maxlen=backlog)
        self.news = asyncio.Event()
        self.ended = False
        self.sending_since = math.inf

    @property
    def busy_for(self) -> float:
        """Seconds since what it is being sent, negative if that is nothing."""
        return time.monotonic() - self.sending_since

    @contextmanager
    def sending(self) -> Iterator[None]:
        """While it is being sent something."""
        self.sending_since = time.monotonic()
        yield
        self.sending_since = math.inf

    def put(self, item: bytes) -> None:
        self.items.append(item)
        self.news.set()

    def end(self) -> None:
        self.ended = True
        self.news.set()

    async def take(self) -> bytes | None:
        """The next item; None after the last."""
        while not self.items and not self.ended:
            self.news.clear()
            await self.news.wait()
        return self.items.popleft() if self.items else None


class Audience:
    """All listeners of a stream."""

    def __init__(self) -> None:
        self.listeners: set[Listener] = set()

    def publish(self, item: bytes) -> None:
        """Send an item to every listener; returns at once."""
        for listener in self.listeners:
            listener.put(item)

    def end(self) -> None:
        """There will be no more items."""
        for listener in self.listeners:
            listener.end()

    def has_room(self, new: Listener, slow: float = SLOW_SECONDS) -> bool:
        """Whether one more may listen; where there are enough, the one that takes longest, and ``slow``, makes room."""
        same = {listener for listener in self.listeners if listener.address == new.address}
        crowd = same if len(same) >= OF_AN_ADDRESS else self.listeners if len(self.listeners) >= CLIENTS else set()
        if not crowd:
            return True
        slowest = max(crowd, key=lambda listener: listener.busy_for)
        if slowest.busy_for < slow:
            return False
        self.listeners.discard(slowest)
        slowest.drop()
        return True

    @contextmanager
    def joined_by(self, listener: Listener) -> Iterator[None]:
        """While it listens."""
        self.listeners.add(listener)
        try:
            yield
        finally:
            self.listeners.discard(listener)
