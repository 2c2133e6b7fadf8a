"""The pictures that a command line names, one after the other, and what is known of those to come: nothing is listed."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import chain
from typing import BinaryIO

from .. import image
from ..errors import DarknetError, ImageError
from ..files.lists import at_hand, streamed
from ..files.pictures import each_picture, place_of
from ..files.places import OnePicture, PictureList, Place
from ..files.text import WIDTH, encoding
from .roles import check_pictures

__all__ = ["STDIN", "PictureWords"]

STDIN = "-"
MOST = 1 << 28  # bytes of a picture on standard input


class PictureWords:
    """``words``: pictures, folders, patterns, lists, addresses; ``-``: standard input, a picture's bytes or a list; none: a
    list on standard input, whose lines are asked for.  ``recursive``: folders stand for those below them too.

    ``data``: the picture on standard input, if there is one.  Raises DarknetError, DatasetError, ImageError.
    """

    def __init__(self, words: Sequence[str], recursive: bool = False) -> None:
        check_pictures(words)
        if STDIN in words and len(words) > 1:
            raise DarknetError("- stands for what comes on standard input, and has no other pictures beside it")
        self.words, self.asks = words, not words
        self.is_stdin = not words or STDIN in words
        self.head, self.data = _beginning() if STDIN in words else (b"", None)
        self.places: list[Place] = [] if self.is_stdin else [place_of(word, recursive) for word in words]
        for place in self.places:
            place.check()
        self._ahead = self._to_look_at()

    @property
    def known(self) -> list[str]:
        """Pictures that are named on the line themselves."""
        return [place.word for place in self.places if isinstance(place, OnePicture)]

    @property
    def all_known(self) -> bool:
        """Whether there are no others."""
        return all(isinstance(place, OnePicture) for place in self.places) and not self.is_stdin

    @property
    def single(self) -> bool:
        """Whether it is one picture, and is named itself."""
        return self.data is not None or (self.all_known and len(self.places) == 1)

    @property
    def unforeseen(self) -> bool:
        """Whether nobody can know what comes: it comes through a pipe, and not from a person."""
        return self.is_stdin and self.data is None and not self._ahead and not sys.stdin.isatty()

    @property
    def total(self) -> int | None:
        """How many there are, where that is known at once."""
        return 1 if self.data is not None else len(self.places) if self.all_known else None

    def paths(self, skip: Callable[[str], bool] | None = None) -> Iterator[str]:
        """Each picture when it is asked for; empty lines on standard input are empty paths.  ``skip``: see ``answers``."""
        return streamed(sys.stdin, self.head) if self.is_stdin else each_picture(self.places, skip)

    def may_come(self, path: str) -> bool:
        """Whether a file that is there may be one of those that are not named themselves."""
        return any(not isinstance(place, OnePicture) and place.may_name(path) for place in self._ahead)

    def more_often(self, path: str, times: int) -> bool:
        """Whether a picture is asked for more often than so; where that cannot be known: it is."""
        if self.data is not None:
            return False
        return not self._ahead or sum(place.times(path) for place in self._ahead) > times

    def names(self) -> Iterator[str]:
        """All names without folders, as far as they can be known."""
        return chain.from_iterable(place.names() for place in self._ahead)

    def folders(self) -> Iterator[str]:
        """Folders that they lie in or under; of standard input none."""
        return chain.from_iterable(place.folders() for place in self.places)

    def count(self) -> int | None:
        """How many there are; None where that cannot be known."""
        return sum(place.count() for place in self._ahead) or None

    def _to_look_at(self) -> list[Place]:
        """Places whose names can be looked at beforehand."""
        if not self.is_stdin or self.data is not None:
            return list(self.places)
        if at_hand(sys.stdin) and hasattr(os, "pread"):
            return [PictureList("standard input", partial(_another_reader, sys.stdin.fileno()))]
        return []


def _beginning() -> tuple[bytes, bytes | None]:
    """The first line on standard input, and all of it where that is a picture; nothing where a person types."""
    source = getattr(sys.stdin, "buffer", None)
    if source is None or sys.stdin.isatty():
        return b"", None
    head = source.readline()
    if not head:
        raise ImageError("standard input: nothing came; - takes a picture's bytes, or paths, one a line")
    is_text = b"\0" not in head or encoding(head + b"\0")[0] in WIDTH
    if is_text and not image.begins_picture(head):
        return head, None
    data = head + source.read(MOST)
    if len(data) >= MOST:
        raise ImageError(f"standard input: more than {MOST} bytes are no picture")
    return head, data


class _Reader(io.RawIOBase):
    """A file that is open under a number, from its beginning, without a move of where others read it."""

    def __init__(self, number: int) -> None:
        self.number, self.at = number, 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        data = os.pread(self.number, len(buffer), self.at)
        buffer[: len(data)] = data
        self.at += len(data)
        return len(data)


def _another_reader(number: int) -> BinaryIO:
    return io.BufferedReader(_Reader(number))
