"""A video file as a camera would show it."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Event

from .sources import Frame, Source

__all__ = ["Played"]

LATE = 0.5   # seconds by which frames may be late; if it is more, all that follow are
PAUSE = 1.5  # seconds between the end and the beginning; objects that are gone for a second get other numbers


class Played:
    """Frames of a video with an end, in its own time and again and again, until ``stop`` is set.

    Whoever is slower misses some; each has the ``time.monotonic()`` at which it was due.  ``open_again``: has it from its
    beginning.
    """

    live = True

    def __init__(self, video: Source, open_again: Callable[[], Source], stop: Event) -> None:
        self.name, self.fps, self.video, self.open_again, self.stop = video.name, video.fps, video, open_again, stop
        self.start = time.monotonic()

    def read(self) -> Frame | None:
        """The next frame when it is due; None when stopped.  Raises VideoError when it cannot be read again."""
        if (frame := self.video.read()) is None:
            self.video.close()
            self.stop.wait(PAUSE)
            self.video, self.start = self.open_again(), time.monotonic()
            frame = self.video.read()
        if frame is None or self.stop.wait(max(0, self.start + frame.time - time.monotonic())):
            return None
        self.start = max(self.start, time.monotonic() - frame.time - LATE)
        return Frame(frame.picture, self.start + frame.time)

    def close(self) -> None:
        self.video.close()
