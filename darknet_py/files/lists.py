"""Pictures as a command line names them: files, folders and lists.   C: data.c get_paths"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from ..errors import DatasetError
from .text import read_bytes

__all__ = ["expand", "holds_pictures", "read_list"]

PICTURES = {".bmp", ".jpeg", ".jpg", ".pgm", ".png", ".ppm", ".tga", ".tif", ".tiff", ".webp"}
LISTS = {".txt", ".list"}


def expand(words: Sequence[str]) -> list[str]:
    """Paths of pictures: a folder stands for the pictures in it, sorted, and a list (.txt) for those that it names.

    Raises DatasetError for a folder without pictures and for a list that is empty or cannot be read.
    """
    pictures = []
    for word in words:
        if Path(word).is_dir():
            pictures += _pictures_in(word)
        elif Path(word).suffix.lower() in LISTS:
            pictures += read_list(word)
        else:
            pictures.append(word)
    return pictures


def holds_pictures(word: str) -> bool:
    """Whether ``expand`` would take a word for a picture, a folder of pictures or a list of them, by its name."""
    return Path(word).is_dir() or Path(word).suffix.lower() in PICTURES | LISTS


def _pictures_in(folder: str) -> list[str]:
    try:
        found = sorted(p for p in Path(folder).iterdir() if p.suffix.lower() in PICTURES and not p.is_dir())
    except OSError as e:
        raise DatasetError(f"{folder}: cannot be read ({e.strerror})") from e
    if not found:
        raise DatasetError(f"{folder}: no pictures in this folder ({', '.join(sorted(PICTURES))})")
    return [str(p) for p in found]


def read_list(path: str | Path) -> list[str]:
    """The paths in a text file, one a line; those that are not there are looked for from the file's folder too.

    Empty lines are passed over.  Raises DatasetError when nothing is left.   C: data.c get_paths
    """
    text = read_bytes(path, DatasetError)
    if b"\0" in text:
        raise DatasetError(f"{path}: binary data, not a list of pictures, one a line")
    lines = [os.fsdecode(line.rstrip(b"\r")) for line in text.removeprefix(b"\xef\xbb\xbf").split(b"\n")]
    if not (paths := [line for line in lines if line.strip()]):
        raise DatasetError(f"{path}: an empty list; it names pictures, one a line")
    return [_found(line, Path(path).parent) for line in paths]


def _found(path: str, folder: Path) -> str:
    beside = folder / path
    return str(beside) if not os.path.lexists(path) and beside.exists() else path
