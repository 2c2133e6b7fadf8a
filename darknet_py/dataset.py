"""Pictures and their labels as they lie on disk: lists, folders, label files.

C: data.c get_paths, read_boxes; utils.c replace_image_to_label
"""

from __future__ import annotations

import math
import os
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from .errors import DarknetWarning, DatasetError

__all__ = [
    "Labels", "Sample", "expand", "find_labels", "holds_pictures", "label_path", "read_labels", "read_list", "samples",
]  # fmt: skip

PICTURES = {".bmp", ".jpeg", ".jpg", ".pgm", ".png", ".ppm", ".tif", ".tiff", ".webp"}
LISTS = {".txt", ".list"}


@dataclass(frozen=True)
class Labels:
    """The objects of a picture: ``classes`` int64 (n,), ``xywh`` float32 (n, 4) relative to the picture."""

    classes: NDArray[np.int64]
    xywh: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.classes)


NO_LABELS = Labels(np.zeros(0, np.int64), np.zeros((0, 4), np.float32))


@dataclass(frozen=True)
class Sample:
    """A picture, label files of it that are not there, what is in it, and what is too difficult to count."""

    picture: str
    missing: tuple[Path, ...] = ()
    labels: Labels = NO_LABELS
    difficult: Labels = NO_LABELS


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
    text = _bytes(path)
    if b"\0" in text:
        raise DatasetError(f"{path}: binary data, not a list of pictures, one a line")
    lines = [os.fsdecode(line.rstrip(b"\r")) for line in text.removeprefix(b"\xef\xbb\xbf").split(b"\n")]
    if not (paths := [line for line in lines if line.strip()]):
        raise DatasetError(f"{path}: an empty list; it names pictures, one a line")
    return [_found(line, Path(path).parent) for line in paths]


def _found(path: str, folder: Path) -> str:
    beside = folder / path
    return str(beside) if not os.path.lexists(path) and beside.exists() else path


def label_path(picture: str) -> Path:
    """Where a picture's labels belong: beside it, or in the data set's labels folder.   C: utils.c replace_image_to_label

    Other than in C, any suffix is replaced, so that no picture is overwritten by its own labels.
    """
    path = picture.strip(" \t")
    for sep in "/\\":
        for images, labels in _FOLDERS:
            path = path.replace(sep + images.format(s=sep) + sep, sep + labels.format(s=sep) + sep, 1)
    return Path(path).with_suffix(".txt")


_FOLDERS = (
    ("images{s}train2017", "labels{s}train2017"), ("images{s}val2017", "labels{s}val2017"),
    ("images{s}train2014", "labels{s}train2014"), ("images{s}val2014", "labels{s}val2014"),
    ("JPEGImages", "labels"),
)  # fmt: skip


def find_labels(picture: str) -> Path:
    """The picture's label file: where the reference looks or, not being there, under labels/ in place of images/."""
    path = label_path(picture)
    if not path.exists() and "images" in path.parts[:-1]:
        at = len(path.parts) - 1 - path.parts[::-1].index("images")
        other = Path(*path.parts[:at], "labels", *path.parts[at + 1 :])
        return other if other.exists() else path
    return path


def read_labels(path: str | Path) -> Labels:
    """A label file, ``class x y width height`` a line.   C: data.c read_boxes

    Lines that are not so are left out with a warning.  Raises DatasetError when the file cannot be read.
    """
    rows: list[tuple[int, list[float]]] = []
    wrong: list[int] = []
    for number, line in enumerate(_bytes(path).split(b"\n"), 1):
        fields = line.split()
        try:
            class_id, box = int(fields[0]), [float(f) for f in fields[1:]]
        except (ValueError, IndexError):
            class_id, box = 0, []
        if len(box) == 4 and all(map(math.isfinite, box)):
            rows.append((class_id, box))
        elif fields:
            wrong.append(number)
    if wrong:
        more = f" and {len(wrong) - 1} more lines" if len(wrong) > 1 else ""
        message = f"{path}:{wrong[0]}{more}: left out, not `class x y width height`"
        warnings.warn(message, DarknetWarning, stacklevel=2)
    if not rows:
        return NO_LABELS
    return Labels(np.array([c for c, _ in rows], np.int64), np.array([b for _, b in rows], np.float32))


def samples(pictures: Sequence[str], difficult: Sequence[str] = (), classes: int | None = None) -> list[Sample]:
    """Each picture with its labels.  ``difficult``: none, or for each picture a path to find its difficult ones by.

    A label file that is not there counts as empty.  Raises DatasetError when ``difficult`` has another length, or when
    a label's class is not below ``classes``.
    """
    if difficult and len(difficult) != len(pictures):
        raise DatasetError(f"{len(difficult)} paths of difficult objects for {len(pictures)} pictures; "
                           "the two lists go together line by line")  # fmt: skip
    found = []
    for i, picture in enumerate(pictures):
        files = [find_labels(p) for p in (picture, *difficult[i : i + 1])]
        missing = tuple(path for path in files if not path.exists())
        read = [NO_LABELS if path in missing else _checked(path, classes) for path in files]
        found.append(Sample(picture, missing, *read))
    return found


def _checked(path: Path, classes: int | None) -> Labels:
    """Raises DatasetError when a class is below 0 or not below ``classes``."""
    labels = read_labels(path)
    for class_id in labels.classes.tolist():
        if class_id < 0 or (classes is not None and class_id >= classes):
            most = "" if classes is None else f"; the network has {classes}, numbered 0 to {classes - 1}"
            raise DatasetError(f"{path}: there is no class {class_id}{most}")
    return labels


def _bytes(path: str | Path) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as e:
        raise DatasetError(f"{path}: cannot be read ({e.strerror})") from e
