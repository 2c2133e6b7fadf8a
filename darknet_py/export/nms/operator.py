"""Suppression by ONNX's own operator: IoU in each class, whatever nms_kind= says, and the most probable first."""

from __future__ import annotations

import numpy as np
from onnx import TensorProto

from ..onnx_writer import Writer
from .outputs import All, Suppression, give
from .overlap import net_corners

__all__ = ["operator"]

BY_CLASS = (0, 2, 1)  # (n, rows, classes) → (n, classes, rows)


def operator(w: Writer, found: All, form: Suppression) -> None:
    """The outputs by NonMaxSuppression, which gives (picture, class, row) of what stays."""
    scores = w.op("Transpose", found.scores, perm=BY_CLASS)
    thresholds = w.ints(form.most), w.floats([form.overlap]), w.floats([form.thresh])
    stay = w.op("NonMaxSuppression", found.boxes, scores, *thresholds, center_point_box=1)
    none = w.op("ConstantOfShape", w.op("Shape", scores))
    left = w.op("ScatterND", none, stay, w.op("GatherND", scores, stay))
    _best(w, found, w.op("Reshape", left, w.ints(0, -1)), form.most)


def _best(w: Writer, found: All, left: str, most: int) -> None:
    """The outputs of scores (n, classes * rows), 0 where a box is gone."""
    left = w.concat([left, w.spread(w.constant(np.zeros(most, np.float32)), most)], 1)
    probs, places = w.ops("TopK", [left, w.ints(most)], 2)
    rows = w.op("Gather", w.op("Shape", found.boxes), w.number(1))
    classes = w.op("Div", places, rows)
    row = w.op("Unsqueeze", w.op("Sub", places, w.op("Mul", classes, rows)), w.ints(2))
    corners = net_corners(w, w.op("GatherND", found.boxes, row, batch_dims=1), found.size)
    there = w.op("Greater", probs, w.floats(0))
    count = w.op("ReduceSum", w.op("Cast", there, to=TensorProto.INT32), w.ints(1), keepdims=1)
    corners = w.op("Where", w.op("Unsqueeze", there, w.ints(2)), corners, w.floats(0))
    classes = w.op("Cast", w.op("Where", there, classes, w.number(0)), to=TensorProto.INT32)
    give(w, [count, corners, probs, classes], most)
