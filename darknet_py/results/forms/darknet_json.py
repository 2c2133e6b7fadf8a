"""Darknet's JSON, as -out and -json_file_output write it, and back.   C: network.c detection_to_json"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Sequence
from typing import Any

from ...boxes.detection import HIDDEN, Detection
from ...errors import DatasetError
from ..choosing import Choosing
from .reading import Parts, class_number, detection, items, loads, number, size_of, value_of

__all__ = ["BEFORE", "BETWEEN", "END", "frame_text", "from_json", "object_text", "to_json"]

BEFORE = "[\n"  # the pictures of a file
BETWEEN = ", \n"
END = "\n]"
SIDES = "center_x", "center_y", "width", "height"
FORM = "Darknet's JSON"


def to_json(found: Choosing, frame_id: int) -> str:
    """See ``Detections.to_json``."""
    filename = "" if isinstance(found.source, int) else str(found.source)
    objects = (object_text(d.class_id, d.name, d.box, d.prob) for d in found if not d.name.startswith(HIDDEN))
    return f"{BEFORE}{frame_text(frame_id, filename, objects)}{END}"


def frame_text(frame_id: int, filename: str, objects: Iterable[str], error: str = "") -> str:
    """A picture; ``error``: why there is nothing to see."""
    file = f' "filename":{json.dumps(filename)}, \n' if filename else ""
    failure = f', \n "error":{json.dumps(error)}' if error else ""
    return f'{{\n "frame_id":{frame_id}, \n{file} "objects": [ \n{BETWEEN.join(objects)}\n ]{failure} \n}}'


def object_text(class_id: int, name: str, box: Iterable[float], prob: float, track_id: int = 0) -> str:
    """A class of a box; null for what JSON has no number for.  ``track_id`` 0: none."""
    x, y, w, h, confidence = (f"{v:.6f}" if math.isfinite(v) else "null" for v in (*box, prob))
    track = f', "track_id":{track_id}' if track_id else ""
    return (
        f'  {{"class_id":{class_id}, "name":{json.dumps(name)}, "relative_coordinates":{{"center_x":{x}, '
        f'"center_y":{y}, "width":{w}, "height":{h}}}, "confidence":{confidence}{track}}}'
    )


def from_json(given: Any, width: int | None, height: int | None) -> Parts:
    """See ``Detections.from_json``."""
    where, value = loads(given, FORM)
    frame = _one(value, where)
    sides = frame.get("width") or None, frame.get("height") or None
    size = size_of(sides[0] if width is None else width, sides[1] if height is None else height, where)
    objects = items(value_of(frame, "objects", where), "objects", where)
    found = [_object(o, f"{where}: object {i}") for i, o in enumerate(objects, 1)]
    return Parts(found, *size, str(frame.get("filename") or "") or 0)


def _one(value: Any, where: str) -> dict[str, Any]:
    frames: Sequence[Any] = [value] if isinstance(value, dict) else items(value, "it", where)
    if len(frames) != 1:
        raise DatasetError(f"{where}: holds {len(frames)} pictures; give one, as in [Detections.from_json(f, w, h) for f in "
                           "json.load(file)]")  # fmt: skip
    value_of(frames[0], "objects", where)
    return dict(frames[0])


def _object(record: Any, where: str) -> Detection:
    class_id = class_number(value_of(record, "class_id", where), where)
    sides = value_of(record, "relative_coordinates", where)
    x, y, w, h = (number(value_of(sides, side, where), side, where, math.nan) for side in SIDES)
    prob = number(value_of(record, "confidence", where), "confidence", where, math.nan)
    return detection(class_id, record.get("name"), prob, (x, y, w, h))
