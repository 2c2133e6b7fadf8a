"""Models that suppress boxes themselves, by one of three rules; what they give is said in ``nms_outputs``."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from onnx import TensorProto

from .nms_darknet import Found, candidates, listed, numbered, suppressed
from .nms_letterbox import by_distance, in_picture, inner_sizes
from .nms_onnx import operator
from .nms_outputs import All, Suppression, give
from .nms_overlap import comparison, measured, net_corners
from .nms_trt import plugin
from .onnx_writer import INPUT, Writer
from .vectors import few, head

__all__ = ["RULES"]

FLOAT, INT32 = TensorProto.FLOAT, TensorProto.INT32
Rule = Callable[[Writer, All, Suppression], None]


def darknet(w: Writer, found: All, form: Suppression) -> None:
    """The outputs by the rule of the last head, in Darknet's order."""
    compare = comparison(w, found.last.nms_kind, found.last.beta_nms, form.nms)

    def picture(boxes: str, scores: str, inner: str = "") -> list[str]:
        rows, probs = candidates(w, scores, form.thresh)
        boxes = w.op("Gather", boxes, rows, axis=0)
        places = measured(w, *in_picture(w, boxes, found, inner))
        order = numbered(w, probs)
        left, order = suppressed(w, probs, places, compare) if form.nms else (probs, order)
        return _padded(w, _best(w, listed(w, left, order), form.most), boxes, found.size, form.most)

    inner = [inner_sizes(w, found.size)] if form.nms and by_distance(found) else []
    give(w, _each_picture(w, [found.boxes, found.scores, *inner], picture), form.most)


def _each_picture(w: Writer, tensors: list[str], picture: Callable[..., list[str]]) -> list[str]:
    """What ``picture`` makes of a picture's part of each tensor (n, ...), count first: (n, ...)."""
    if w.batch == 1:
        made = picture(*(w.op("Squeeze", x, w.ints(0)) for x in tensors))
        return [w.op("Unsqueeze", x, w.ints(0)) for x in made]

    def body(number: str) -> tuple[str, list[str]]:
        return "", picture(*(w.op("Gather", x, number, axis=0) for x in tensors))

    count = w.op("Gather", w.op("Shape", INPUT), w.number(0))
    return w.loop(count, "", [], body, [(INT32, [1]), (FLOAT, [None, 4]), (FLOAT, [None]), (INT32, [None])])


def _best(w: Writer, found: Found, most: int) -> Found:
    """The most probable, in their order."""
    _, places = w.ops("TopK", [found.probs, few(w, found.probs, most)], 2)
    ordered, _ = w.ops("TopK", [places, w.op("Shape", places)], 2, largest=0)
    return Found(*(w.op("Gather", x, ordered) for x in (found.rows, found.classes, found.probs)))


def _padded(w: Writer, found: Found, boxes: str, size: tuple[int, int], most: int) -> list[str]:
    """The outputs of a picture, without its own dimension."""
    corners = net_corners(w, w.op("Gather", boxes, found.rows, axis=0), size)
    count = w.op("Cast", w.op("Shape", found.probs), to=INT32)
    classes = w.op("Cast", found.classes, to=INT32)
    zeros = [w.constant(np.zeros(shape, kind)) for shape, kind in
             (((most, 4), np.float32), (most, np.float32), (most, np.int32))]  # fmt: skip
    values = zip((corners, found.probs, classes), zeros, strict=True)
    return [count, *(head(w, w.concat([x, behind], 0), w.ints(most)) for x, behind in values)]


def every(w: Writer, found: All, form: Suppression) -> None:
    """All boxes and scores: no threshold, no suppression."""
    w.output("boxes", found.boxes, found.rows, 4)
    w.output("scores", found.scores, found.rows, found.classes)


def yolov8(w: Writer, found: All, form: Suppression) -> None:
    """``every`` in one output, in pixels of the network's input: (n, 4 + classes, rows)."""
    pixels = w.op("Mul", found.boxes, w.floats([*found.size, *found.size]))
    columns = w.op("Transpose", w.concat([pixels, found.scores], 2), perm=(0, 2, 1))
    w.output("output0", columns, 4 + found.classes, found.rows)


RULES: dict[str, Rule] = {"boxes": every, "yolov8": yolov8, "nms": darknet, "nms-onnx": operator, "nms-tensorrt": plugin}
