"""What a user's word says of where pictures are: one picture, a folder, a pattern, or a list.

None is listed or read before its pictures are asked for.  What is to be known of pictures that are still to come is found
by a quick look at names: whether a file may be one of them, how many there are, in which folders they lie.
"""

from __future__ import annotations

import fnmatch
import os
import sys
import warnings
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from ..errors import DatasetError
from .addresses import local_name, shown
from .lists import PICTURES, check_list, listed, raw_lines
from .paths import find
from .walking import DEEP, base_of, has_any, in_folder, matching

__all__ = ["Folder", "OnePicture", "Pattern", "PictureList", "Place"]


BESIDE = " \t\r\n\"'`"  # a path in a list


@dataclass(frozen=True)
class Place(ABC):
    """``word``: as it was given, or spelt as the file is.  ``found``: whether its pictures are found there, not named."""

    word: str

    found = False

    @abstractmethod
    def paths(self, told: bool = True) -> Iterator[str]:
        """Its pictures, each when it is asked for.  Raises DatasetError; ``told``: warns of folders that it passes over."""

    def check(self) -> None:  # noqa: B027  there is nothing to find wrong with most
        """Raises DatasetError where there are none, as far as that is found quickly."""

    @abstractmethod
    def may_name(self, path: str) -> bool:
        """Whether a file that is there is one of its pictures, or may be."""

    def times(self, path: str) -> int:
        """How often a picture, by its absolute path, is one of its pictures."""
        return sum(os.path.abspath(shown(picture)) == path for picture in self.paths(told=False))

    def names(self) -> Iterator[str]:
        """The names of its pictures without their folders, quickly."""
        return (os.path.basename(path) for path in self.paths(told=False))

    def folders(self) -> Iterator[str]:
        """The folders that its pictures lie in, or one that they lie under."""
        return map(os.path.dirname, self.paths(told=False))

    def count(self) -> int:
        return sum(1 for _ in self.paths(told=False))


class OnePicture(Place):
    def paths(self, told: bool = True) -> Iterator[str]:
        yield self.word

    def may_name(self, path: str) -> bool:
        return os.path.realpath(path) == os.path.realpath(self.word)

    def folders(self) -> Iterator[str]:
        yield os.path.dirname(local_name(self.word))


@dataclass(frozen=True)
class Folder(Place):
    """``recursive``: and those below it."""

    recursive: bool = False
    suffixes: Collection[str] = frozenset(PICTURES)

    found = True

    def paths(self, told: bool = True) -> Iterator[str]:
        return in_folder(self.word, self.suffixes, self.recursive, told)

    def check(self) -> None:
        if not has_any(self.word, self.suffixes, self.recursive):
            below = "nor below it" if self.recursive else "-recursive (recursive=True) looks below it too"
            raise DatasetError(f"{self.word}: no pictures in this folder ({', '.join(sorted(self.suffixes))}); {below}")

    def may_name(self, path: str) -> bool:
        file, folder = Path(os.path.realpath(path)), Path(os.path.realpath(self.word))
        inside = folder in file.parents if self.recursive else folder == file.parent
        return inside and file.suffix.lower() in self.suffixes

    def folders(self) -> Iterator[str]:
        yield self.word


@dataclass(frozen=True)
class Pattern(Place):
    suffixes: Collection[str] = frozenset(PICTURES)

    found = True

    def paths(self, told: bool = True) -> Iterator[str]:
        return matching(self.word, self.suffixes, told)

    def check(self) -> None:
        if next(self.paths(told=False), None) is None:
            kinds = ", ".join(sorted(self.suffixes))
            raise DatasetError(f"{self.word}: no picture is found by this pattern ({kinds})")

    def may_name(self, path: str) -> bool:
        file, last = Path(os.path.realpath(path)), Path(self.word).name
        return Path(os.path.realpath(base_of(self.word))) in file.parents and (
            last == DEEP or fnmatch.fnmatch(file.name.lower(), last.lower())
        )

    def folders(self) -> Iterator[str]:
        yield base_of(self.word)


@dataclass(frozen=True)
class PictureList(Place):
    """``source``: another way to the lines than by the path.  Of a pipe, which is read but once, nothing is known."""

    source: Callable[[], BinaryIO] | None = None

    def paths(self, told: bool = True) -> Iterator[str]:
        return listed(self.word)

    def check(self) -> None:
        check_list(self.word)

    def may_name(self, path: str) -> bool:
        known = self._hashes
        if known is None:
            return True
        name = hash(os.path.basename(path).lower())
        at = int(np.searchsorted(known, name))
        return at < len(known) and int(known[at]) == name

    def times(self, path: str) -> int:
        """Of standard input and a pipe: more often than can be, where it may be one of them."""
        if not self.may_name(path):
            return 0
        if self.source or not os.path.isfile(self.word):
            return sys.maxsize
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # they come when the list is read
            return super().times(path)

    def names(self) -> Iterator[str]:
        return (line.replace("\\", "/").rpartition("/")[2] for line in self._lines())

    def folders(self) -> Iterator[str]:
        """Each once, by the first picture in it."""
        own, seen = os.path.dirname(self.word), set[str]()
        for line in self._lines():
            folder = line.replace("\\", "/").rpartition("/")[0]
            if folder not in seen:
                seen.add(folder)
                yield os.path.dirname(local_name(find(line, ("", own)) or line))

    def count(self) -> int:
        file = self._opened()
        if file is None:
            return 0
        with file:
            return sum(1 for line in raw_lines(file) if not line.isspace())

    @cached_property
    def _hashes(self) -> NDArray[np.int64] | None:
        """Of the names, in order: a tenth of the memory that they take."""
        file = self._opened()
        if file is None:
            return None
        file.close()
        return np.sort(np.fromiter((hash(name.lower()) for name in self.names()), np.int64))

    def _lines(self) -> Iterator[str]:
        file = self._opened()
        if file is None:
            return
        with file:
            for line in raw_lines(file):
                if text := line.decode("utf-8", "surrogateescape").strip(BESIDE):
                    yield text

    def _opened(self) -> BinaryIO | None:
        if self.source:
            return self.source()
        return Path(self.word).open("rb") if os.path.isfile(self.word) else None
