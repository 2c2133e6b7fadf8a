"""Pictures as a user names them, by files, folders, patterns and lists → their paths, each when it is asked for."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Collection, Iterable, Iterator
from functools import partial
from pathlib import Path

from ..errors import DatasetError
from .lists import LISTS, PICTURES, listed
from .paths import find
from .walking import has_any, in_folder, is_pattern, matching

__all__ = ["check_words", "each_picture", "expand", "has_pictures", "holds_pictures", "is_address", "stands_for_itself"]

_ADDRESS = re.compile(r"(https?|file)://", re.IGNORECASE)
Walk = Callable[[], Iterator[str]]


def expand(words: Iterable[str]) -> list[str]:
    """Paths of pictures: a folder stands for the pictures in it, sorted, a list (.txt) for those that it names, and a
    pattern (``*.jpg``, ``**``) for those that it finds.

    Raises DatasetError for a folder or pattern without pictures and for a list that is empty or cannot be read.
    """
    return list(each_picture(words))


def each_picture(
    words: Iterable[str], recursive: bool = False, skip: Callable[[str], bool] | None = None,
    suffixes: Collection[str] = PICTURES,
) -> Iterator[str]:  # fmt: skip
    """``expand``, a path when it is asked for; a folder is read when its turn comes, a list line by line.

    ``recursive``: folders stand for those below them too.  ``skip``: of what folders and patterns find, not that of which
    this is true.  ``suffixes``: of what counts as a picture there.
    """
    for given in words:
        word, found = find(given) or given, False
        walk = _walk(word, recursive, suffixes)
        if walk is None:
            yield word
            continue
        in_list = Path(word).suffix.lower() in LISTS and not os.path.isdir(word)
        for path in walk():
            found = True
            if in_list or skip is None or not skip(path):
                yield path
        if not found:
            raise _nothing(word, suffixes, recursive)


def check_words(words: Iterable[str], recursive: bool = False) -> None:
    """What ``each_picture`` would find wrong with the words, as far as that is found quickly.  Raises DatasetError."""
    for given in words:
        word = find(given) or given
        walk = _walk(word, recursive, PICTURES)
        if walk is None:
            continue
        there = has_any(word, PICTURES, recursive) if os.path.isdir(word) else next(walk(), None) is not None
        if not there:
            raise _nothing(word, PICTURES, recursive)


def stands_for_itself(word: str) -> bool:
    """Whether a word is no folder, pattern or list, but one picture, there or not."""
    return _walk(find(word) or word, False, PICTURES) is None


def holds_pictures(word: str) -> bool:
    """Whether ``expand`` would take a word for a picture, a folder of pictures, a pattern or a list, by its name."""
    return os.path.isdir(word) or is_address(word) or is_pattern(word) or Path(word).suffix.lower() in PICTURES | LISTS


def has_pictures(folder: str) -> bool:
    """Whether there are pictures in a folder."""
    try:
        return has_any(folder, PICTURES)
    except DatasetError:
        return False


def is_address(word: str) -> bool:
    """Whether a word is the address of a picture."""
    return _ADDRESS.match(word) is not None


def _walk(word: str, recursive: bool, suffixes: Collection[str]) -> Walk | None:
    """How to come by the pictures that a word stands for; None where it is one itself."""
    if os.path.isdir(word):
        return partial(in_folder, word, suffixes, recursive)
    if is_address(word):
        return None
    if Path(word).suffix.lower() in LISTS and not is_pattern(word):
        return partial(listed, word)
    return partial(matching, word, suffixes) if is_pattern(word) else None


def _nothing(word: str, suffixes: Collection[str], recursive: bool) -> DatasetError:
    kinds = ", ".join(sorted(suffixes))
    if os.path.isdir(word):
        below = "nor below it" if recursive else "-recursive (recursive=True) looks below it too"
        return DatasetError(f"{word}: no pictures in this folder ({kinds}); {below}")
    return DatasetError(f"{word}: no picture is found by this pattern ({kinds})")
