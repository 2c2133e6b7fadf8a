"""How far the work is: a progress bar on stderr, for people who look, and what an interruption says."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from .._support.optional import installed
from .._support.words import counted
from ..errors import one_line
from .stopping import check, reporting

__all__ = ["Progress", "progress"]


Bar = Any  # tqdm's, or a _Count


class Progress:
    """``step`` counts; within ``aside`` lines may be printed.  ``total`` 0: not known."""

    def __init__(self, total: int, unit: str, bar: Bar | None) -> None:
        self.total, self.unit, self.bar = total, unit, bar
        self.done = 0

    def step(self, n: int = 1) -> None:
        """So many more are done.  Raises Stopped when a signal has come."""
        self.done += n
        if self.bar:
            self.bar.update(n)
        check()

    def skip(self) -> None:
        """One of the total is not to be done."""
        self.total -= 1
        check()

    def __str__(self) -> str:
        return f"{self.done} of {counted(self.total, self.unit)}" if self.total else counted(self.done, self.unit)

    @contextmanager
    def aside(self) -> Iterator[None]:
        if self.bar:
            self.bar.clear()
        try:
            yield
        finally:
            if self.bar:
                sys.stdout.flush()
                self.bar.refresh()

    def complain(self, problem: Exception) -> None:
        """Say on stderr what went wrong, after all that stdout has."""
        with self.aside():
            sys.stdout.flush()
            print(f"darknet_py: error: {one_line(problem)}", file=sys.stderr)


@contextmanager
def progress(total: int, unit: str = "picture", shown: bool = True) -> Iterator[Progress]:
    """Progress of ``total`` steps: by tqdm, else a plain count.  Without a terminal, or for one step, nothing is shown.

    A Stopped that leaves the block says how far it came.
    """
    bar = _bar(total, unit) if shown and total > 1 and sys.stderr.isatty() else None
    made = Progress(total, unit, bar)
    try:
        with reporting(lambda: str(made)):
            yield made
    finally:
        if bar:
            bar.close()


def _bar(total: int, unit: str) -> Bar:
    if (tqdm := installed("tqdm")) is None:
        return _Count(total, unit)
    return tqdm.tqdm(total=total, unit=f" {unit}", file=sys.stderr, leave=False, dynamic_ncols=True)


class _Count:
    """``12 of 600 pictures``."""

    def __init__(self, total: int, unit: str) -> None:
        self.total, self.unit, self.done = total, unit, 0
        self.refresh()

    def update(self, n: int = 1) -> None:
        self.done += n
        self.refresh()

    def refresh(self) -> None:
        print(f"\r{self._text()}", end="", file=sys.stderr, flush=True)

    def clear(self) -> None:
        print(f"\r{' ' * len(self._text())}\r", end="", file=sys.stderr, flush=True)

    close = clear

    def _text(self) -> str:
        return f"{self.done} of {self.total} {self.unit}s"
