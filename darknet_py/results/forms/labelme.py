"""labelme's JSON of a picture: rectangles by two corners in pixels."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath
from typing import Any

import numpy as np

from ...boxes.detection import Detection
from ...errors import DatasetError
from ...image import Size
from ..choosing import Choosing
from .reading import Parts, box_of, class_of, detection, items, loads, number, size_of, value_of

__all__ = ["from_labelme", "to_labelme"]

VERSION = "5.5.0"  # of labelme, whose files these are like
FORM = "labelme's JSON"


def to_labelme(found: Choosing) -> dict[str, Any]:
    """See ``Detections.to_labelme``."""
    return {
        "version": VERSION, "flags": {}, "shapes": [_shape(d) for d in found],
        "imagePath": "" if isinstance(found.source, int) else PurePath(found.source).name, "imageData": None,
        "imageHeight": found.height, "imageWidth": found.width,
    }  # fmt: skip


def _shape(d: Detection) -> dict[str, Any]:
    left, top, right, bottom = d.xyxy
    return {
        "label": d.name, "points": [[left, top], [right, bottom]], "group_id": None, "description": "",
        "shape_type": "rectangle", "flags": {}, "mask": None, "score": d.prob,
    }  # fmt: skip


def from_labelme(given: Any, names: Sequence[str]) -> Parts:
    """See ``Detections.from_labelme``."""
    where, value = loads(given, FORM)
    shapes = items(value_of(value, "shapes", where), "shapes", where)
    width, height = (value_of(value, key, where) for key in ("imageWidth", "imageHeight"))
    size = size_of(width, height, where, "open and save it in labelme")
    found = [_detection(shape, size, names, f"{where}: shape {i}") for i, shape in enumerate(shapes, 1)]
    return Parts(found, *size, value.get("imagePath") or 0)


def _detection(shape: Any, size: Size, names: Sequence[str], where: str) -> Detection:
    """The box around a rectangle's corners, or a polygon's."""
    label, points = value_of(shape, "label", where), items(value_of(shape, "points", where), "points", where)
    kind = shape.get("shape_type") or "polygon"
    if kind not in ("rectangle", "polygon") or len(points) < 2:
        raise DatasetError(f"{where}: a {kind} of {len(points)} points is no box; rectangles and polygons are")
    places = np.array([[number(v, "a point", where) for v in _pair(point, where)] for point in points])
    prob = number(shape.get("score"), "score", where, 1.0)
    box = box_of([*places.min(0), *places.max(0)], size)
    return detection(class_of(label, names, where), label, prob, box)


def _pair(point: Any, where: str) -> Sequence[Any]:
    pair = items(point, "a point", where)
    if len(pair) != 2:
        raise DatasetError(f"{where}: a point has {len(pair)} numbers, not x and y")
    return pair
