"""Files of a folder by the stems of their names, which are exact or, where none is, differ in capitals alone."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Iterable
from pathlib import Path

from .._support.words import brief

__all__ = ["folded", "inside", "named", "names", "shown", "stem_of"]


def folded(text: str) -> str:
    """As names are compared where capitals, or how accents are coded, do not matter."""
    return unicodedata.normalize("NFC", text).casefold()


def stem_of(path: str | Path, suffix: str) -> str:
    """The name of a file without its suffix; of one with another suffix, without that."""
    name = Path(path).name
    return name[: -len(suffix)] if name.lower().endswith(suffix) else Path(name).stem


def inside(folder: str, suffix: str) -> list[str]:
    """Paths of a folder's files with a suffix, in capitals or not; none of a folder that cannot be read."""
    try:
        names = sorted(name for name in os.listdir(folder or ".") if name.lower().endswith(suffix))
    except OSError:
        return []
    return [path for path in (os.path.join(folder, name) for name in names) if os.path.isfile(path)]


def named(folder: str, stem: str, suffix: str) -> list[str]:
    """Paths of the files ``stem.suffix`` in a folder: the one spelt so or, without it, all that differ in capitals."""
    exact = os.path.join(folder, stem + suffix)
    if os.path.isfile(exact):
        return [exact]
    return [path for path in inside(folder, suffix) if folded(stem_of(path, suffix)) == folded(stem)]


def shown(folder: str) -> str:
    """A folder as messages name it."""
    return os.path.join(folder, "") if folder else "this folder"


def names(paths: Iterable[str]) -> str:
    """``a.cfg, b.cfg`` of paths."""
    return brief(Path(path).name for path in paths)
