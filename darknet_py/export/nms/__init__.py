"""What models give in place of the heads' outputs: all boxes, or what a rule of suppression leaves of them."""

from __future__ import annotations

from collections.abc import Callable

from ..onnx_writer import Writer
from ..sides import floats
from .detections import darknet, darknet_rows
from .operator import operator
from .outputs import All, Suppression
from .plugin import plugin

__all__ = ["RULES"]

Rule = Callable[[Writer, All, Suppression], None]


def every(w: Writer, found: All, form: Suppression) -> None:
    """All boxes and scores: no threshold, no suppression."""
    w.output("boxes", found.boxes, found.rows, 4)
    w.output("scores", found.scores, found.rows, found.classes)


def yolov8(w: Writer, found: All, form: Suppression) -> None:
    """``every`` in one output, in pixels of the network's input: (n, 4 + classes, rows)."""
    pixels = w.op("Mul", found.boxes, floats(w, [*found.size, *found.size]))
    columns = w.op("Transpose", w.concat([pixels, found.scores], 2), perm=(0, 2, 1))
    w.output("output0", columns, 4 + found.classes, found.rows)


RULES: dict[str, Rule] = {
    "boxes": every, "yolov8": yolov8, "nms": darknet, "nms-rows": darknet_rows, "nms-onnx": operator,
    "nms-tensorrt": plugin,
}  # fmt: skip
