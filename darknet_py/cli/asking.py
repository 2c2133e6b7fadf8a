"""In which order pictures are answered: several of them ahead, or each before the next line on standard input."""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing
from dataclasses import replace
from itertools import chain, islice
from typing import TypeVar

from .. import feed
from ..files.lists import at_hand
from ..network import Network
from .picture_files import Asked
from .picture_words import PictureWords

__all__ = ["answers"]

R = TypeVar("R")
Ask = Callable[[str], Asked]
See = Callable[[feed.Turns, Asked], R]
Answers = Generator[tuple[Asked, R], None, None]
NAME = "stdin"  # of a picture that has none


def answers(
    net: Network, words: PictureWords, ask: Ask, see: See[R], quiet: bool, together: bool = True,
    skip: Callable[[str], bool] | None = None,
) -> Answers[R]:  # fmt: skip
    """Each picture and what ``see`` makes of it, in order, several of them computed ``together``.

    ``quiet``: no prompts; ``skip``: of what folders and patterns find, not that of which this is true.  Empty lines on
    standard input are passed over.  A person's or a program's picture is answered before the next line is waited for; of a
    file the next lines are read ahead.
    """
    prompt = _no_prompt if quiet or not words.asks else _prompt
    if words.data is not None:
        return _one_by_one(net, [replace(ask(NAME), given=words.data)], see)
    if words.is_stdin:
        source = _from_file if together and at_hand(sys.stdin) else _prompted
        return source(net, words.paths(), ask, see, prompt)
    asked = map(ask, words.paths(skip))
    first = list(islice(asked, 2))
    every = chain(first, asked)
    return _ahead(net, every, see) if together and len(first) > 1 else _one_by_one(net, every, see)


def _prompt() -> None:
    print("Enter Image Path: ", end="", flush=True)


def _no_prompt() -> None:
    """Nobody is there to be asked."""


def _one_by_one(net: Network, asked: Iterable[Asked], see: See[R]) -> Answers[R]:
    return ((one, feed.one(net, one, see)) for one in asked)


def _ahead(net: Network, asked: Iterable[Asked], see: See[R], prompt: Callable[[], None] = _no_prompt) -> Answers[R]:
    """What is written for an earlier picture is read when that is done."""

    def seen(turns: feed.Turns, one: Asked) -> tuple[Asked, R | None]:
        return one, see(turns, one) if one.path and not one.written else None

    with closing(feed.each(net, asked, seen)) as source:
        while True:
            prompt()
            if (answer := next(source, None)) is None:
                return
            one, early = answer
            if one.path:
                yield one, feed.one(net, one, see) if early is None else early


def _prompted(net: Network, paths: Iterator[str], ask: Ask, see: See[R], prompt: Callable[[], None]) -> Answers[R]:
    while True:
        prompt()
        if (path := next(paths, None)) is None:
            return
        if path:
            asked = ask(path)
            yield asked, feed.one(net, asked, see)


def _from_file(net: Network, paths: Iterator[str], ask: Ask, see: See[R], prompt: Callable[[], None]) -> Answers[R]:
    lines = (ask(path) if path else Asked("") for path in paths)
    return _ahead(net, lines, see, prompt)
