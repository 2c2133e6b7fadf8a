"""Label files, ``class x y w h`` a box: a picture's own, or those of many in a folder that mirrors theirs."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterable
from functools import cached_property
from pathlib import Path

import numpy as np

from ..boxes.table import Boxes
from ..errors import DarknetWarning, OutputError
from ..files.addresses import local_name, shown
from ..results.forms.yolo import label_line
from .detected_picture import DetectedPicture
from .files import make_folder, naming, write_text

__all__ = ["LabelFiles", "LabelsThereError", "label_lines", "save_labels", "unused"]


class LabelsThereError(OutputError):
    """A label file of somebody else is there, and is kept."""


def label_lines(rows: Boxes, thresh: float) -> list[str]:
    """A line for each box that passes, by its best class.   C: detector.c test_detector"""
    best = rows.probs.argmax(axis=1) if rows.probs.size else np.zeros(0, int)
    return [
        label_line(j, box)
        for j, probs, box in zip(best, rows.probs, rows.xywh)
        if probs[j] > np.float32(thresh)
    ]


def save_labels(path: Path, picture: str, rows: Boxes, thresh: float = 0) -> None:
    """Write a picture's label file.  Raises OutputError if that cannot be."""
    if path == Path(picture):
        raise OutputError(f"{picture}: its labels would overwrite it; rename the picture")
    write_text(path, _text(rows, thresh))


def _text(rows: Boxes, thresh: float) -> str:
    return "".join(f"{line}\n" for line in label_lines(rows, thresh))


class LabelFiles:
    """Labels of pictures in ``folder``, which has the folders that the pictures are in, from the last common one on.

    ``folders``: gives those, when the first picture comes; without any it is from the current folder on.  ``check``: called
    with a path, and the picture whose labels go there, before anything is written.  ``flag``: that chooses another folder.
    A file that is there with other contents is kept, as it may be somebody's own labels.
    """

    def __init__(
        self, folder: str | Path, folders: Callable[[], Iterable[str]] = tuple,
        check: Callable[[Path, str], object] = lambda path, picture: None, flag: str = "-out",
    ) -> None:  # fmt: skip
        self.folder, self.folders, self.check, self.flag = Path(folder), folders, check, flag
        self.used, self.written = set[str](), set[Path]()
        self.paths: dict[str, Path] = {}

    @cached_property
    def root(self) -> str:
        """The last folder that all pictures are under."""
        try:
            return os.path.commonpath([os.path.abspath(folder) for folder in self.folders()])
        except ValueError:  # none, or on several drives
            return os.getcwd()

    def path(self, picture: str) -> Path:
        """Where the labels of a picture go; warns (DarknetWarning) of a name with a number, its own being another's."""
        known = os.path.abspath(shown(picture))
        if known not in self.paths:
            own = self._mirrored(os.path.abspath(local_name(picture)))
            stem = unused(own.as_posix(), self.used)
            self.paths[known] = path = self.folder / f"{stem}.txt"
            if stem != own.as_posix():
                message = f"{picture}: its labels go into {path}; {own}.txt is those of another picture of that name"
                warnings.warn(message, DarknetWarning, stacklevel=2)
            self.check(path, picture)
        return self.paths[known]

    def write(self, picture: str, rows: Boxes, thresh: float = 0) -> None:
        """The labels of a picture.  Raises OutputError; LabelsThereError where others are there."""
        path = self.path(picture)
        make_folder(path.parent)
        if path not in self.written:
            self._check_same(path, rows, thresh)
        save_labels(path, picture, rows, thresh)
        self.written.add(path)

    def _check_same(self, path: Path, rows: Boxes, thresh: float) -> None:
        with naming(path):
            if not path.is_file() or path.read_text("utf-8", "replace") == _text(rows, thresh):
                return
        raise LabelsThereError(f"{path}: is there with other labels, and kept; choose another folder with {self.flag}")

    def add(self, frame: DetectedPicture) -> None:
        if not frame.error:
            self.write(frame.filename, frame.rows)

    def end(self) -> None:
        make_folder(self.folder)

    def _mirrored(self, absolute: str) -> Path:
        """A picture's path from the common folder on, without suffix."""
        path = Path(absolute)
        inside = path.is_relative_to(self.root)
        return (path.relative_to(self.root) if inside else Path(*path.parts[1:])).with_suffix("")


def unused(stem: str, used: set[str]) -> str:
    """``stem``, or ``stem_2`` … where that is taken; the answer is taken from now on.  Case makes no difference."""
    name, number = stem, 1
    while name.lower() in used:
        number += 1
        name = f"{stem}_{number}"
    used.add(name.lower())
    return name
