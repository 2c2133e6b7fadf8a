"""How far the work is: a line on stderr, for people who look, and what an interruption says."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import Thread

from .._support.words import counted
from ..errors import DarknetError, one_line
from .hints import here
from .layout import width
from .stopping import check, reporting

__all__ = ["Progress", "progress"]

PAUSE = 0.1  # seconds between two updates of the line
PATIENCE = 0.5  # seconds that a count may take when all else has ended
SETTLED = 1.0  # seconds after which a rate says something


class Progress:
    """``step`` counts; within ``aside`` lines may be printed.

    ``total`` None: not known, or what ``count`` gives, which is asked on a thread of its own when the first step is done.
    """

    def __init__(
        self, total: int | None, unit: str, line: _Line | None = None, count: Callable[[], int | None] | None = None
    ) -> None:
        self.total, self.unit, self.line, self.count = total, unit, line, count
        self.done, self.skipped, self.start = 0, 0, time.monotonic()
        self.counting: Thread | None = None

    def step(self, n: int = 1) -> None:
        """So many more are done.  Raises Stopped when a signal has come."""
        self.done += n
        if self.count and self.total is None and self.counting is None:
            self.counting = Thread(target=self._count, name="darknet_py-count", daemon=True)
            self.counting.start()
        if self.line:
            self.line.update(self.text)
        check()

    def skip(self) -> None:
        """One of the total is not to be done.  Raises Stopped as ``step`` does."""
        self.skipped += 1
        check()

    def _count(self) -> None:
        """A total that cannot be had is none."""
        with suppress(DarknetError, OSError):
            self.total = self.count() if self.count else None

    @property
    def to_do(self) -> int:
        """How many there are to be done in all, 0 where nobody knows."""
        return (self.total or self.skipped) - self.skipped

    def __str__(self) -> str:
        return f"{self.done} of {counted(self.to_do, self.unit)}" if self.to_do else counted(self.done, self.unit)

    def told(self) -> str:
        """How far it came; a count that is nearly done is waited for."""
        if self.counting:
            self.counting.join(PATIENCE)
        return str(self)

    def text(self) -> str:
        """``12 of 600 pictures, 8.3/s, 1:10 left``"""
        took = time.monotonic() - self.start
        if not self.done or took < SETTLED:
            return str(self)
        rate, left = self.done / took, self.to_do - self.done
        return f"{self}, {_rate(rate)}" + (f", {_clock(left / rate)} left" if left > 0 else "")

    @contextmanager
    def aside(self) -> Iterator[None]:
        if self.line:
            self.line.clear()
        try:
            yield
        finally:
            sys.stdout.flush()

    def complain(self, problem: Exception) -> None:
        """Say on stderr what went wrong, after all that stdout has."""
        with self.aside():
            sys.stdout.flush()
            print(f"darknet_py: error: {here(one_line(problem))}", file=sys.stderr)


@contextmanager
def progress(
    total: int | None, unit: str = "picture", shown: bool = True, count: Callable[[], int | None] | None = None
) -> Iterator[Progress]:
    """Progress of ``total`` steps, None: nobody knows how many, or ``count`` does, see ``Progress``.  Without a terminal, or
    for one step, nothing is shown.

    A Stopped that leaves the block says how far it came.
    """
    line = _Line() if shown and (total is None or total > 1) and _is_seen() else None
    made = Progress(total, unit, line, count)
    if line:
        line.update(made.text)
    try:
        with reporting(made.told):
            yield made
    finally:
        if line:
            line.clear()


def _is_seen() -> bool:
    """Whether stderr is a terminal."""
    return sys.stderr.isatty()


def _rate(rate: float) -> str:
    """Of steps a second, or of seconds a step where that is more."""
    return f"{rate:.3g}/s" if rate >= 1 else f"{1 / rate:.3g} s each"


def _clock(seconds: float) -> str:
    """``0:07``, ``12:00``, ``3:25:09``"""
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{seconds:02d}" if hours else f"{minutes}:{seconds:02d}"


class _Line:
    """The last line of a terminal, which is written over, at most ten times a second."""

    def __init__(self) -> None:
        self.shown, self.last = 0, -PAUSE

    def update(self, text: Callable[[], str]) -> None:
        """Show what ``text`` gives, if it is time."""
        now = time.monotonic()
        if now - self.last >= PAUSE:
            new = text()[: width() - 1]
            self._write(f"\r{new:{self.shown}s}")
            self.shown, self.last = len(new), now

    def clear(self) -> None:
        if self.shown:
            self._write(f"\r{' ' * self.shown}\r")
            self.shown = 0

    def _write(self, text: str) -> None:
        print(text, end="", file=sys.stderr, flush=True)
