"""Label files: the objects of a picture.   C: data.c read_boxes; utils.c replace_image_to_label"""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..errors import DarknetWarning, DatasetError
from .text import read_bytes

__all__ = ["NO_LABELS", "Labels", "find_labels", "label_path", "read_labels"]


@dataclass(frozen=True)
class Labels:
    """The objects of a picture: ``classes`` int64 (n,), ``xywh`` float32 (n, 4) relative to the picture."""

    classes: NDArray[np.int64]
    xywh: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.classes)


NO_LABELS = Labels(np.zeros(0, np.int64), np.zeros((0, 4), np.float32))


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
    for number, line in enumerate(read_bytes(path, DatasetError).split(b"\n"), 1):
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
