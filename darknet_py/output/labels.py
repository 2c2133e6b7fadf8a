"""Label files: ``class x y w h`` a box.   C: detector.c test_detector"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ..boxes.table import Boxes
from ..errors import OutputError
from ..files.labels import label_path
from .files import write_text

__all__ = ["label_lines", "save_labels"]


def label_lines(rows: Boxes, thresh: float) -> list[str]:
    """A line for each box that passes, by its best class."""
    best = rows.probs.argmax(axis=1) if rows.probs.size else np.zeros(0, int)
    return [
        f"{j} {x:.4f} {y:.4f} {w:.4f} {h:.4f}"
        for j, probs, (x, y, w, h) in zip(best, rows.probs, rows.xywh)
        if probs[j] > np.float32(thresh)
    ]


def save_labels(picture: str, rows: Boxes, thresh: float) -> None:
    """Write a picture's label file where it belongs.  Raises OutputError if that cannot be."""
    path = label_path(picture)
    if path == Path(picture):
        raise OutputError(f"{picture}: its labels would overwrite it; rename the picture")
    write_text(path, "".join(f"{line}\n" for line in label_lines(rows, thresh)))
