"""Marks in a picture: boxes with labels, what is inside of them hidden, or heat."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ..boxes.geometry import whole_pixels
from ..image import Size, as_pixels
from .colors import Color, color_of
from .heat import heat_of
from .hiding import hide
from .labels import Label, crowded_size, draw_labels, surest_first, text_of
from .marks import Mark, Style
from .overlay import lay_over
from .sizes import letters_size, line_width

__all__ = ["draw"]

Picture = NDArray[np.uint8]
COCO = 80


def draw(picture: Picture, marks: Sequence[Mark], style: Style | None = None, classes: int | None = None) -> Picture:
    """A copy (h, w, 3) of the BGR picture with the marks, the most probable on top.

    ``picture``: uint8 or uint16, (h, w), (h, w, 1), (h, w, 3) or (h, w, 4), of which alpha is left out.  ``classes``: how
    many the network has, which the reference's colours depend on, 80 as of COCO if not given.  Marks that are not numbers
    are left out.  Raises ImageError for what is no picture.
    """
    style = style or Style()
    out = np.array(as_pixels(picture)[..., :3])
    marks = [mark for mark in marks if not any(map(math.isnan, mark.xyxy))]
    classes = classes or max([COCO, *(mark.class_id + 1 for mark in marks)])
    if style.form == "heatmap":
        return _heat(out, marks, style, classes)
    size = out.shape[1], out.shape[0]
    labels = _labels(marks, style, size, classes)
    letters = crowded_size(labels, style, size)
    width = max(round(line_width(style, size) * letters / letters_size(style, size)), 1)
    if style.form == "box":
        for label in sorted(labels, key=surest_first, reverse=True):
            _box(out, label.box, label.color, width)
    else:
        hide(out, [label.box for label in labels], style.form == "blur")
    draw_labels(out, labels, letters, width)
    return out


def _heat(out: Picture, marks: Sequence[Mark], style: Style, classes: int) -> Picture:
    xyxy = np.array([mark.xyxy for mark in marks], np.float64).reshape(-1, 4)
    ids, probs = np.array([mark.class_id for mark in marks], np.int64), np.array([mark.prob for mark in marks], np.float64)
    heat = heat_of(xyxy, ids, probs, (out.shape[1], out.shape[0]))
    return lay_over(out, heat, {mark.class_id: mark.label for mark in marks}, style, classes)


def _labels(marks: Sequence[Mark], style: Style, size: Size, classes: int) -> list[Label]:
    """A label for each mark, empty if it is to have none."""
    xyxy = np.array([mark.xyxy for mark in marks], np.float64).reshape(-1, 4)
    places = whole_pixels(xyxy, size).tolist()
    return [Label(text_of(mark, style, mark.label), text_of(mark, style, f"class {mark.class_id}"),
                  color_of(mark.class_id, style.colors, classes), (x0, y0, max(x0, x1), max(y0, y1)), mark.prob)
            for mark, (x0, y0, x1, y1) in zip(marks, places, strict=True)]  # fmt: skip


def _box(out: Picture, box: tuple[int, int, int, int], color: Color, width: int) -> None:
    """Lines inside of a box; thin ones where it is small."""
    from .._support.with_cv2 import cv2

    left, top, right, bottom = box
    more = max(min(width, (min(right - left, bottom - top) + 1) // 4), 1) - 1
    for x0, y0, x1, y1 in ((left, top, right, top + more), (left, bottom - more, right, bottom),
                           (left, top, left + more, bottom), (right - more, top, right, bottom)):  # fmt: skip
        cv2.rectangle(out, (x0, y0), (x1, y1), color, cv2.FILLED)
