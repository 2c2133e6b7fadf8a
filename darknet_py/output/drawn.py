"""Boxes and lines of text as marks, drawn."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from statistics import median

import numpy as np
from numpy.typing import NDArray

from ..boxes.detection import HIDDEN
from ..boxes.geometry import corners, pixels
from ..boxes.lines import GAP, Line
from ..boxes.table import Boxes
from ..drawing import Mark, Style, draw, heat_of_rows, lay_over
from ..drawing.sizes import LETTERS, letters_size
from ..image import Size
from .printed_lines import Best, best_classes

__all__ = ["draw_detections", "draw_heat", "draw_lines", "marks_of"]

GREEN = 8  # a class of that colour
LARGER = 1.3


def draw_detections(
    picture: NDArray[np.uint8], rows: Boxes, names: Sequence[str], thresh: float,
    label: Callable[[Best], str] | None = None, style: Style | None = None,
) -> NDArray[np.uint8]:  # fmt: skip
    """A copy of the BGR picture (h, w, 3) with boxes and labels; see ``marks_of`` and ``drawing.draw``."""
    marks = marks_of(rows, names, thresh, (picture.shape[1], picture.shape[0]), label)
    return draw(picture, marks, style, int(rows.probs.shape[1]))


def marks_of(
    rows: Boxes, names: Sequence[str], thresh: float, size: Size, label: Callable[[Best], str] | None = None
) -> list[Mark]:
    """A mark for each box that has a class above ``thresh``, of its most probable one; names of others follow.

    ``label`` gives a box's name, its class's without it; ``size``: (width, height) of the picture.
    C: image.c draw_detections_v3
    """
    places = _edges(rows.xywh, size)
    return [
        Mark(places[b.row], b.class_id, label(b) if label else names[b.class_id], float(rows.probs[b.row, b.class_id]),
             "".join(f", {names[j]}" for j in b.others))
        for b in best_classes(rows, names, thresh)
    ]  # fmt: skip


def draw_heat(
    picture: NDArray[np.uint8], candidates: Boxes, names: Sequence[str], style: Style | None = None
) -> NDArray[np.uint8]:
    """A copy of the BGR picture (h, w, 3) with heat for each class; ``candidates``: boxes before suppression."""
    heat = heat_of_rows(candidates, (picture.shape[1], picture.shape[0]))
    shown = {class_id: place for class_id, place in heat.items() if not names[class_id].startswith(HIDDEN)}
    return lay_over(picture, shown, dict(enumerate(names)), style or Style(), candidates.classes)


def draw_lines(picture: NDArray[np.uint8], lines: Sequence[Line]) -> NDArray[np.uint8]:
    """A copy of the BGR picture (h, w, 3) with a box around each line of text, and what it reads above it."""
    boxes = np.array([line.box for line in lines], np.float32).reshape(-1, 4)
    places = _edges(boxes, (picture.shape[1], picture.shape[0]))
    marks = [Mark(place, GREEN, line.text.replace(GAP, " "), line.prob) for line, place in zip(lines, places, strict=True)]
    return draw(picture, marks, Style(_line_width(places, (picture.shape[1], picture.shape[0])), "name"))


def _line_width(places: Sequence[tuple[float, float, float, float]], size: Size) -> float:
    """By which letters are half as high as the lines that they tell of: the usual size, to ``LARGER`` times that."""
    usual = letters_size(Style(), size)
    half = median([bottom - top for _, top, _, bottom in places] or [0.0]) / 2
    return min(max(half, usual), LARGER * usual) / LETTERS


def _edges(xywh: NDArray[np.float32], size: Size) -> list[tuple[float, float, float, float]]:
    edges: list[tuple[float, float, float, float]] = [
        (a, b, c, d) for a, b, c, d in pixels(corners(xywh.astype(np.float64)), size).tolist()
    ]
    return edges
