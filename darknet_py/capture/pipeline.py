"""Three stages at once: reading frames, making something of them, and the caller's own work."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from threading import Event, Thread
from types import TracebackType
from typing import Any, TypeVar

from .bounded_queue import BoundedQueue
from .sources import Frame, Source

__all__ = ["run"]

T = TypeVar("T")

WAITING = 2  # items between two stages, where they may
PATIENCE = 1.0  # seconds; a read that hangs longer is left to the end of the process


def run(source: Source, see: Callable[[Frame], T], stop: Event) -> Generator[T, None, None]:
    """``see(frame)`` for each frame of the source, in order, each computed while the caller works on the one before.

    Of a live source's frames those are skipped that ``see`` has no time for.  Ends with the source, which it closes, or
    soon after ``stop`` is set; sets it when the caller leaves before the end.  Raises what reading and ``see`` raise.
    """
    waiting = 1 if source.live else WAITING
    frames: BoundedQueue[Frame] = BoundedQueue(waiting, stop, newest=source.live)
    detected: BoundedQueue[T] = BoundedQueue(waiting, stop)
    stages = [
        _Stage("capture", frames, lambda: _read(source, frames)),
        _Stage("detection", detected, lambda: _all(map(see, frames), detected.put)),
    ]
    ended = False
    try:
        yield from detected
        for stage in stages:
            stage.check()
        ended = True
    finally:
        if not ended:
            stop.set()
        for stage in stages:
            stage.thread.join(PATIENCE)


def _read(source: Source, frames: BoundedQueue[Frame]) -> None:
    with closing(source):  # by its own thread: releasing a capture that hangs in a read crashes
        _all(iter(source.read, None), frames.put)


def _all(items: Iterator[T], put: Callable[[T], bool]) -> None:
    for item in items:
        if not put(item):
            return


class _Stage:
    """A thread that does ``work`` and then closes its queue; ``check`` raises what ended it."""

    def __init__(self, name: str, queue: BoundedQueue[Any], work: Callable[[], None]) -> None:
        self.queue, self.work = queue, work
        self.error: BaseException | None = None
        self.thread = Thread(target=self._run, name=name, daemon=True)
        self.thread.start()

    def _run(self) -> None:
        with self:
            self.work()

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> bool:
        """Keep what ended the work, whatever it was, for the thread that calls ``check``."""
        self.error = error
        self.queue.close()
        return True

    def check(self) -> None:
        if self.error:
            raise self.error
