"""What Darknet's rule leaves, picture by picture: in outputs of a fixed size, or as one list of rows."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from onnx import TensorProto

from ..onnx_writer import INPUT, Dims, Writer
from .letterbox import by_distance, in_picture, inner_sizes
from .outputs import All, Suppression, give
from .overlap import comparison, measured, net_corners
from .rules import Found, candidates, listed, numbered, suppressed
from .vectors import column, few, head

__all__ = ["darknet", "darknet_rows"]

FLOAT, INT32 = TensorProto.FLOAT, TensorProto.INT32
COLUMNS = 7
KINDS: list[tuple[int, Dims]] = [(INT32, [1]), (FLOAT, [None, 4]), (FLOAT, [None]), (INT32, [None])]  # count, boxes ...
Picture = Callable[..., tuple[Found, str]]


def darknet(w: Writer, found: All, form: Suppression) -> None:
    """The outputs by the rule of the last head, in Darknet's order."""
    tensors, look = _of_pictures(w, found, form)
    if w.batch == 1:
        made = _padded(w, *look(*(w.op("Squeeze", x, w.ints(0)) for x in tensors)), form.most)
        give(w, [w.op("Unsqueeze", x, w.ints(0)) for x in made], form.most)
        return

    def body(number: str) -> tuple[str, list[str]]:
        return "", _padded(w, *look(*_one(w, tensors, number)), form.most)

    give(w, w.loop(_count(w), "", [], body, KINDS), form.most)


def darknet_rows(w: Writer, found: All, form: Suppression) -> None:
    """``detections`` (d, 7): the picture's number, left, top, right, bottom in pixels, probability, class."""
    tensors, look = _of_pictures(w, found, form)

    def body(number: str, rows: str) -> tuple[str, list[str]]:
        return "", [w.concat([rows, _rows(w, number, *look(*_one(w, tensors, number)))], 0)]

    if w.batch == 1:
        rows = _rows(w, w.number(0), *look(*_one(w, tensors, w.number(0))))
    else:
        none = w.op("Slice", w.floats(np.zeros((1, COLUMNS))), w.ints(0), w.ints(0), w.ints(0))
        (rows,) = w.loop(_count(w), "", [(none, FLOAT, [None, COLUMNS])], body)
    w.output_of("detections", rows, ["detections", COLUMNS])


def _of_pictures(w: Writer, found: All, form: Suppression) -> tuple[list[str], Picture]:
    """Tensors (n, ...), and what makes detections and their boxes (d, 4), corners in pixels, of a picture's part of each."""
    compare = comparison(w, found.last.nms_kind, found.last.beta_nms, form.nms)

    def look(boxes: str, scores: str, inner: str = "") -> tuple[Found, str]:
        rows, probs = candidates(w, scores, form.thresh)
        boxes = w.op("Gather", boxes, rows, axis=0)
        order = numbered(w, probs)
        if form.nms:
            places = measured(w, *in_picture(w, boxes, found, inner))
            probs, order = suppressed(w, probs, places, compare)
        best = _best(w, listed(w, probs, order), form.most)
        return best, net_corners(w, w.op("Gather", boxes, best.rows, axis=0), found.size)

    inner = [inner_sizes(w, found.size)] if form.nms and by_distance(found) else []
    return [found.boxes, found.scores, *inner], look


def _one(w: Writer, tensors: list[str], number: str) -> list[str]:
    """A picture's part of each."""
    return [w.op("Gather", x, number, axis=0) for x in tensors]


def _count(w: Writer) -> str:
    """Of pictures: a scalar."""
    return w.op("Gather", w.op("Shape", INPUT), w.number(0))


def _best(w: Writer, found: Found, most: int) -> Found:
    """The most probable, in their order."""
    _, places = w.ops("TopK", [found.probs, few(w, found.probs, most)], 2)
    ordered, _ = w.ops("TopK", [places, w.op("Shape", places)], 2, largest=0)
    return Found(*(w.op("Gather", x, ordered) for x in (found.rows, found.classes, found.probs)))


def _padded(w: Writer, found: Found, corners: str, most: int) -> list[str]:
    """Count, boxes, probabilities and classes of a picture, without its own dimension."""
    count = w.op("Cast", w.op("Shape", found.probs), to=INT32)
    classes = w.op("Cast", found.classes, to=INT32)
    zeros = [w.constant(np.zeros(shape, kind)) for shape, kind in
             (((most, 4), np.float32), (most, np.float32), (most, np.int32))]  # fmt: skip
    values = zip((corners, found.probs, classes), zeros, strict=True)
    return [count, *(head(w, w.concat([x, behind], 0), w.ints(most)) for x, behind in values)]


def _rows(w: Writer, number: str, found: Found, corners: str) -> str:
    """Of a picture of this number: (d, 7)."""
    picture = w.op("Expand", w.op("Cast", number, to=FLOAT), w.op("Shape", found.probs))
    classes = w.op("Cast", found.classes, to=FLOAT)
    return w.concat([column(w, picture), corners, column(w, found.probs), column(w, classes)], 1)
