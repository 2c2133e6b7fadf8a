"""Pictures as a command line names them: files, folders and lists.   C: data.c get_paths"""

from __future__ import annotations

import os
import stat
import warnings
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, TextIO

from .._support.words import reason
from ..errors import DarknetWarning, DatasetError
from .characters import bare
from .paths import find, meant, respelt
from .text import decoded, encoding, lines, read_text

__all__ = ["as_written", "at_hand", "expand", "has_pictures", "holds_pictures", "read_list", "streamed"]

PICTURES = {".bmp", ".jpeg", ".jpg", ".pgm", ".png", ".ppm", ".tga", ".tif", ".tiff", ".webp"}
LISTS = {".txt", ".list"}


def expand(words: Sequence[str]) -> list[str]:
    """Paths of pictures: a folder stands for the pictures in it, sorted, and a list (.txt) for those that it names.

    Raises DatasetError for a folder without pictures and for a list that is empty or cannot be read.
    """
    pictures = []
    for given in words:
        word = find(given) or given
        if os.path.isdir(word):
            pictures += _pictures_in(word)
        elif Path(word).suffix.lower() in LISTS:
            pictures += read_list(word)
        else:
            pictures.append(word)
    return pictures


def holds_pictures(word: str) -> bool:
    """Whether ``expand`` would take a word for a picture, a folder of pictures or a list of them, by its name."""
    return os.path.isdir(word) or Path(word).suffix.lower() in PICTURES | LISTS


def has_pictures(folder: str) -> bool:
    """Whether there are pictures in a folder."""
    try:
        return bool(_listed(folder))
    except OSError:
        return False


def _listed(folder: str) -> list[Path]:
    return sorted(p for p in Path(folder).iterdir() if p.suffix.lower() in PICTURES and not p.is_dir())


def _pictures_in(folder: str) -> list[str]:
    try:
        pictures = _listed(folder)
    except OSError as e:
        raise DatasetError(f"{folder}: cannot be read ({reason(e)})") from e
    if not pictures:
        raise DatasetError(f"{folder}: no pictures in this folder ({', '.join(sorted(PICTURES))})")
    return [str(p) for p in pictures]


def read_list(path: str | Path) -> list[str]:
    """The paths in a text file, one a line; those that are not there are looked for from the file's folder too.

    They may be spelt as in ``paths.find``.  Empty lines are passed over.  Warns (DarknetWarning) of backslashes that are
    taken for /.  Raises DatasetError when nothing is left.   C: data.c get_paths
    """
    return [path for _, path in as_written(path)]


def as_written(path: str | Path) -> list[tuple[str, str]]:
    """``read_list``, each path behind what the file says, which may hold a class."""
    named = [(number, line) for number, line in enumerate(lines(read_text(path, DatasetError, paths=True)), 1) if bare(line)]
    if not named:
        raise DatasetError(f"{path}: an empty list; it names pictures, one a line")
    folders = "", os.path.dirname(path)
    paths = [find(line, folders) or meant(line) for _, line in named]
    turned = [number for (number, line), path in zip(named, paths) if respelt(line, path)]
    if turned:
        more = f" (and in {len(turned) - 1} more lines)" if turned[1:] else ""
        message = f"read with / in place of \\{more}; Darknet does not read it so"
        warnings.warn(DarknetWarning(message, f"{path}:{turned[0]}:", turned[0]), stacklevel=2)
    return [(meant(line), path) for (_, line), path in zip(named, paths)]


def at_hand(stream: TextIO) -> bool:
    """Whether all that will come on a stream is there already: it is a file."""
    with suppress(OSError, ValueError):  # it has no number, or is closed
        return stat.S_ISREG(os.fstat(stream.fileno()).st_mode)
    return False


def streamed(stream: TextIO) -> Iterator[str]:
    """The paths on a stream as they come, one a line, spelt as in ``paths.find``; empty lines are empty paths.

    Raises DatasetError for binary data.
    """
    source = getattr(stream, "buffer", None)
    for text in iter(stream.readline, "") if source is None else _texts(source):
        *whole, last = lines(text)
        for line in [*whole, last] if last else whole:
            yield find(line) or meant(line) if bare(line) else ""


def _texts(source: BinaryIO) -> Iterator[str]:
    """The lines of a stream of bytes as they come; all at once of one in UTF-16, whose lines end otherwise."""
    name = "standard input"
    data = source.readline()
    if b"\0" in data or encoding(data)[0] != "utf-8":
        data += source.read()
    while data:
        yield decoded(data, name, DatasetError, paths=True)
        data = source.readline()
