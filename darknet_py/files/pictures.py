"""Pictures as a user names them, by files, folders, patterns and lists → their paths, each when it is asked for."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Iterator
from pathlib import Path

from ..errors import DatasetError
from .addresses import is_web, local_path
from .lists import LISTS, PICTURES
from .paths import find
from .places import Folder, OnePicture, Pattern, PictureList, Place
from .walking import has_any, is_pattern

__all__ = ["each_picture", "expand", "has_pictures", "holds_pictures", "place_of"]


def place_of(word: str, recursive: bool = False, suffixes: Collection[str] = PICTURES) -> Place:
    """What a word says: ``recursive``: a folder stands for those below it too; ``suffixes``: of what counts as a picture.

    A word is spelt as in ``paths.find``.  Raises ImageError for a file:// address of another machine.
    """
    word = local_path(find(word) or word)
    if os.path.isdir(word):
        return Folder(word, recursive, suffixes)
    if is_web(word):
        return OnePicture(word)
    if is_pattern(word):
        return Pattern(word, suffixes)
    return PictureList(word) if Path(word).suffix.lower() in LISTS else OnePicture(word)


def expand(words: Iterable[str]) -> list[str]:
    """Paths of pictures: a folder stands for the pictures in it, sorted, a list (.txt) for those that it names, and a
    pattern (``*.jpg``, ``**``) for those that it finds.

    Raises DatasetError for a folder or pattern without pictures and for a list that is empty or cannot be read.
    """
    return list(each_picture(map(place_of, words)))


def each_picture(places: Iterable[Place], skip: Callable[[str], bool] | None = None) -> Iterator[str]:
    """The pictures of places; ``skip``: of what folders and patterns find, not that of which this is true."""
    for place in places:
        none = True
        for path in place.paths():
            none = False
            if not (place.found and skip and skip(path)):
                yield path
        if none:
            place.check()


def holds_pictures(word: str) -> bool:
    """Whether a word stands for a picture, a folder of pictures, a pattern or a list, by its name."""
    return os.path.isdir(word) or is_web(word) or is_pattern(word) or Path(word).suffix.lower() in PICTURES | LISTS


def has_pictures(folder: str) -> bool:
    """Whether there are pictures in a folder."""
    try:
        return has_any(folder, PICTURES)
    except DatasetError:
        return False
