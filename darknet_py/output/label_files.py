"""A label file for each of many pictures, in a folder that mirrors theirs."""

from __future__ import annotations

import os
import warnings
from collections.abc import Sequence
from pathlib import Path

from ..errors import DarknetWarning
from .detected_picture import DetectedPicture
from .files import make_folder, write_text
from .labels import label_lines

__all__ = ["LabelFiles", "unused"]


class LabelFiles:
    """Labels of ``pictures`` in ``folder``, which has the folders that the pictures are in, from the last common one on.

    Without ``pictures``, which come in by and by, from the current folder on.
    """

    def __init__(self, folder: str | Path, pictures: Sequence[str] = ()) -> None:
        self.folder, self.root = Path(folder), _root(pictures)
        self.used: set[str] = set()
        self.paths: dict[str, Path] = {}

    def path(self, picture: str) -> Path:
        """Where the labels of a picture go; warns (DarknetWarning) of a name with a number, its own being another's."""
        absolute = os.path.abspath(picture)
        if absolute not in self.paths:
            own = self._mirrored(absolute)
            stem = unused(own.as_posix(), self.used)
            self.paths[absolute] = path = self.folder / f"{stem}.txt"
            if stem != own.as_posix():
                message = f"{picture}: its labels go into {path}; {own}.txt is those of another picture of that name"
                warnings.warn(message, DarknetWarning, stacklevel=2)
        return self.paths[absolute]

    def add(self, frame: DetectedPicture) -> None:
        if not frame.error:
            path = self.path(frame.filename)
            make_folder(path.parent)
            write_text(path, "".join(f"{line}\n" for line in label_lines(frame.rows, 0)))

    def end(self) -> None:
        make_folder(self.folder)

    def _mirrored(self, absolute: str) -> Path:
        """A picture's path from the common folder on, without suffix."""
        path = Path(absolute)
        inside = path.is_relative_to(self.root)
        return (path.relative_to(self.root) if inside else Path(*path.parts[1:])).with_suffix("")


def _root(pictures: Sequence[str]) -> str:
    """The last folder that all pictures are under."""
    try:
        return os.path.commonpath([os.path.dirname(os.path.abspath(p)) for p in pictures])
    except ValueError:  # none, or on several drives
        return os.getcwd()


def unused(stem: str, used: set[str]) -> str:
    """``stem``, or ``stem_2`` … where that is taken; the answer is taken from now on.  Case makes no difference."""
    name, number = stem, 1
    while name.lower() in used:
        number += 1
        name = f"{stem}_{number}"
    used.add(name.lower())
    return name
