"""Models that suppress boxes themselves, by one of three rules; what they give is said in ``nms_outputs``."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from onnx import TensorProto

from ..boxes.geometry import BELOW_ONE
from ..layers.detection import Detection
from ..layers.gaussian_yolo import GaussianYolo
from ..layers.head import DetectionHead
from .nms_darknet import Found, candidates, listed, numbered, suppressed
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

    def picture(boxes: str, scores: str) -> list[str]:
        rows, probs = candidates(w, scores, form.thresh)
        boxes = w.op("Gather", boxes, rows, axis=0)
        left = _left(w, found.last, boxes, probs, form.nms)
        return _padded(w, _best(w, left, form.most), boxes, found.size, form.most)

    give(w, _each_picture(w, found, picture), form.most)


def _left(w: Writer, rule: DetectionHead, boxes: str, probs: str, nms: float) -> Found:
    if not nms:
        return listed(w, probs, numbered(w, probs))
    corrected = 1.0 if isinstance(rule, (Detection, GaussianYolo)) else float(BELOW_ONE)  # see boxes/geometry
    compare = comparison(w, rule.nms_kind, rule.beta_nms, nms)
    return listed(w, *suppressed(w, probs, measured(w, boxes, corrected), compare))


def _each_picture(w: Writer, found: All, picture: Callable[[str, str], list[str]]) -> list[str]:
    """What ``picture`` makes of the boxes and scores of each, count first: (n, ...)."""
    if w.batch == 1:
        made = picture(*(w.op("Squeeze", x, w.ints(0)) for x in (found.boxes, found.scores)))
        return [w.op("Unsqueeze", x, w.ints(0)) for x in made]

    def body(number: str) -> tuple[str, list[str]]:
        return "", picture(*(w.op("Gather", x, number, axis=0) for x in (found.boxes, found.scores)))

    count = w.op("Gather", w.op("Shape", INPUT), w.number(0))
    return w.loop(count, "", [], body, [INT32, FLOAT, FLOAT, INT32])


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


RULES: dict[str, Rule] = {"boxes": every, "nms": darknet, "nms-onnx": operator, "nms-tensorrt": plugin}
