"""Signals that end a command: Ctrl-C, SIGTERM, SIGHUP.  Each becomes a ``Stopped``, which says how far the work came.

Code that must not be torn apart stands within ``finishing``; work that ends by itself when it is asked to, within
``asked``.  A second Ctrl-C ends the process at once, or a third one where the second asks for something; so soon after the
one before that no hand did it, it is the same one, sent to the process and to its group.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from types import FrameType

__all__ = ["Stopped", "asked", "check", "end_process", "finishing", "handled", "reporting"]

SAME = 0.3  # seconds
SIGNALS = {"SIGINT": "Ctrl-C", "SIGTERM": "SIGTERM", "SIGHUP": "SIGHUP (the terminal was closed)"}  # Windows lacks the last
DEFAULTS = (signal.SIG_DFL, signal.default_int_handler)


class Stopped(KeyboardInterrupt):
    """A signal came.  ``after``: how far the work was, as in "12 of 600 pictures"; ``files`` hold what was done."""

    def __init__(self, number: int, after: str = "", files: Sequence[str] = ()) -> None:
        super().__init__()
        self.number = number
        self.after = after
        self.files = list(files)

    @classmethod
    def of(cls, e: KeyboardInterrupt) -> Stopped:
        """An interruption, whoever raised it."""
        return e if isinstance(e, Stopped) else cls(signal.SIGINT)

    @property
    def code(self) -> int:
        return 128 + self.number

    def __str__(self) -> str:
        files = ", ".join(self.files)
        held = f"; {files} {'hold' if len(self.files) > 1 else 'holds'} {'them' if self.after else 'what was done'}"
        after = f" after {self.after}" if self.after else ""
        nothing = not files or self.after.startswith("0 ")
        return f"stopped by {SIGNALS[signal.Signals(self.number).name]}{after}{'' if nothing else held}"


@dataclass
class _State:
    """The first signal that came (0: none), when, and what to do with it."""

    number: int = 0
    time: float = 0.0
    raised: bool = False
    held: int = 0  # how many ``finishing`` are open
    ask: Callable[[], object] | None = None
    again: Callable[[], object] | None = None


_states = [_State()]  # and that of the command that handles signals, if there is one


@contextmanager
def handled() -> Iterator[None]:
    """Signals raise Stopped in the block; in the main thread only, and only where nobody else handles them.

    A block within another one changes nothing.
    """
    if threading.current_thread() is not threading.main_thread() or len(_states) > 1:
        yield
        return
    _states.append(_State())
    numbers = [number for name in SIGNALS if (number := getattr(signal, name, None))]
    ours = {number: handler for number in numbers if (handler := signal.getsignal(number)) in DEFAULTS}
    try:
        for number in ours:
            signal.signal(number, _handle)
        yield
    finally:
        for number, handler in ours.items():
            signal.signal(number, handler)
        _states.pop()


def end_process(code: int) -> None:
    """End the process here and now, without what Python does at its end and a signal may tear apart."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError, AttributeError):  # closed, or nobody there
            stream.flush()
    os._exit(code)


def _handle(number: int, _frame: FrameType | None) -> None:
    state, now = _states[-1], time.monotonic()
    if state.number:
        if number == signal.SIGINT and now - state.time > SAME:
            if not state.again:
                os._exit(128 + state.number)
            threading.Thread(target=state.again).start()
            state.again, state.time = None, now
        return
    state.number, state.time = number, now
    if state.ask:
        threading.Thread(target=state.ask).start()  # the interrupted code may hold the lock that it wants
    elif not state.held:
        check()


def check() -> None:
    """Raises Stopped if a signal has come; to be called now and then, for one that was raised where all is swallowed."""
    state = _states[-1]
    if state.number:
        state.raised = True
        raise Stopped(state.number)


@contextmanager
def finishing() -> Iterator[None]:
    """What is in the block is done to its end; a signal raises Stopped thereafter."""
    state = _states[-1]
    state.held += 1
    try:
        yield
    finally:
        state.held -= 1
    if not state.raised and not state.held:
        check()


@contextmanager
def asked(ask: Callable[[], object], again: Callable[[], object] | None = None) -> Iterator[Callable[[], int]]:
    """A signal calls ``ask``, in a thread of its own, and raises nothing; gives the signal that came, 0 for none.

    ``again``: called likewise by a second Ctrl-C; a third one ends the process.
    """
    state = _states[-1]
    state.ask, state.again = ask, again
    try:
        yield lambda: state.number
    finally:
        state.ask = state.again = None


@contextmanager
def reporting(after: Callable[[], str] = str, files: Callable[[], list[str]] = list) -> Iterator[None]:
    """A Stopped that leaves the block says how far the work came, and where it is."""
    try:
        yield
    except KeyboardInterrupt as e:
        stopped = Stopped.of(e)
        stopped.after = stopped.after or after()
        stopped.files += files()
        raise stopped from None
