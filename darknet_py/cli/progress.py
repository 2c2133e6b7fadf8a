"""A progress bar on stderr, for people who look: nothing at all where stderr is no terminal."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

from ..errors import one_line

__all__ = ["progress"]


class Bar(Protocol):
    """A bar that can be taken out of the way of lines of text."""

    def update(self, n: int = 1) -> Any: ...

    def clear(self) -> Any: ...

    def refresh(self) -> Any: ...

    def close(self) -> Any: ...


class Progress:
    """``step`` counts; within ``aside`` lines may be printed."""

    def __init__(self, bar: Bar | None) -> None:
        self.bar = bar

    def step(self, n: int = 1) -> None:
        if self.bar:
            self.bar.update(n)

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
def progress(total: int, unit: str = "picture") -> Iterator[Progress]:
    """Progress of ``total`` steps: by tqdm, else a plain count.  Without a terminal, or for one step, none."""
    if total < 2 or not sys.stderr.isatty():
        yield Progress(None)
        return
    bar = _bar(total, unit)
    try:
        yield Progress(bar)
    finally:
        bar.close()


def _bar(total: int, unit: str) -> Bar:
    try:
        from tqdm import tqdm
    except ImportError:
        return _Count(total, unit)
    bar: Bar = tqdm(total=total, unit=f" {unit}", file=sys.stderr, leave=False, dynamic_ncols=True)
    return bar


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
