"""The way from one thread to the next."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from threading import Condition, Event
from typing import Generic, TypeVar

__all__ = ["BoundedQueue"]

T = TypeVar("T")

POLL = 0.1  # seconds between looks at ``stop``, which can be set where nobody may wait for a lock


class BoundedQueue(Generic[T]):
    """Hands items over, in order; at most ``size`` wait.

    When it is full, ``put`` waits; with ``newest`` it drops the oldest item
    instead, and counts it in ``dropped``.  Both give up when ``stop`` is set.
    """

    def __init__(self, size: int, stop: Event, newest: bool = False) -> None:
        self.items: deque[T] = deque()
        self.size, self.stop, self.newest = size, stop, newest
        self.dropped = 0
        self.closed = False
        self.changed = Condition()

    def put(self, item: T) -> bool:
        """Whether the item was taken; False: stopped."""
        with self.changed:
            while len(self.items) >= self.size and not self.newest and not self.stop.is_set():
                self.changed.wait(POLL)
            if self.stop.is_set():
                return False
            if len(self.items) >= self.size:
                self.items.popleft()
                self.dropped += 1
            self.items.append(item)
            self.changed.notify_all()
        return True

    def close(self) -> None:
        """Nothing more will come."""
        with self.changed:
            self.closed = True
            self.changed.notify_all()

    def __iter__(self) -> Iterator[T]:
        """The items, until the queue is closed and empty, or stopped."""
        while not self.stop.is_set():
            with self.changed:
                if not self.items:
                    if self.closed:
                        return
                    self.changed.wait(POLL)
                    continue
                item = self.items.popleft()
                self.changed.notify_all()
            yield item
