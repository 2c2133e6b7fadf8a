"""Where the paths of pictures come from, and in which order they are answered: the command line's, or standard input's."""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from typing import TypeVar

from .. import feed
from ..files.lists import at_hand, streamed
from ..network import Network
from .picture_files import Asked

__all__ = ["answers"]

R = TypeVar("R")
Ask = Callable[[str], Asked]
See = Callable[[feed.Turns, Asked], R]
Answers = Generator[tuple[Asked, R], None, None]


def answers(
    net: Network, paths: Sequence[str] | None, ask: Ask, see: See[R], quiet: bool, together: bool = True
) -> Answers[R]:
    """Each picture and what ``see`` makes of it, in order, several of them computed ``together``.

    ``paths`` None: those on stdin, each after a prompt if not ``quiet``.  Empty lines there are passed over.  A person's or
    a program's picture is answered before the next line is waited for; of a file the next lines are read ahead.
    """
    if paths is None:
        source = _from_file if together and at_hand(sys.stdin) else _prompted
        return source(net, ask, see, quiet)
    if together and len(paths) > 1:
        return feed.each(net, map(ask, paths), lambda turns, asked: (asked, see(turns, asked)))
    return ((asked, feed.one(net, asked, see)) for asked in map(ask, paths))


def _prompt(quiet: bool) -> None:
    if not quiet:
        print("Enter Image Path: ", end="", flush=True)


def _prompted(net: Network, ask: Ask, see: See[R], quiet: bool) -> Answers[R]:
    source = streamed(sys.stdin)
    while True:
        _prompt(quiet)
        if (path := next(source, None)) is None:
            return
        if path:
            asked = ask(path)
            yield asked, feed.one(net, asked, see)


def _from_file(net: Network, ask: Ask, see: See[R], quiet: bool) -> Answers[R]:
    """What is written for an earlier picture is read when that is done."""

    def seen(turns: feed.Turns, asked: Asked) -> tuple[Asked, R | None]:
        return asked, see(turns, asked) if asked.path and not asked.written else None

    lines = (ask(path) if path else Asked("") for path in streamed(sys.stdin))
    with closing(feed.each(net, lines, seen)) as source:
        while True:
            _prompt(quiet)
            if (answer := next(source, None)) is None:
                return
            asked, early = answer
            if asked.path:
                yield asked, feed.one(net, asked, see) if early is None else early
