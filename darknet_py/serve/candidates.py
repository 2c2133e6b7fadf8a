"""Boxes of a picture before suppression, as workers answer with them: for the page, and for KServe's tensors."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from .. import image
from ..boxes.table import Boxes, FloatArray
from ..layers.region import Region
from ..object_detection import ObjectDetection
from .jobs import Refusal

__all__ = ["count", "every_box", "input_of", "packed", "unpacked"]

BELOW_ALL = -float("inf")
HEAD = 4  # words of uint32
FP32 = np.dtype("<f4")


def count(net: ObjectDetection) -> int:
    """Boxes of a picture, none left out; 0 where classes are a tree, of which the threshold leaves one to each box."""
    if any(isinstance(head, Region) and head.tree for _, head in net.heads):
        return 0
    return sum(head.boxes(net.graph.nodes[i].shape) for i, head in net.heads)


def input_of(net: ObjectDetection, data: bytes) -> npt.NDArray[np.float32]:
    """A picture's float32 bytes as the network's input (c, h, w).  Raises Refusal for another number of them."""
    shape = net.graph.net.shape
    if len(data) != shape.size * FP32.itemsize:
        raise Refusal(400, f"the model takes {shape.c} x {shape.h} x {shape.w} values a picture by now; send them anew")
    return np.frombuffer(data, FP32).reshape(shape.c, shape.h, shape.w).astype(np.float32)


def every_box(net: ObjectDetection, outputs: Sequence[FloatArray], fit: image.Fit) -> Boxes:
    """``count`` boxes, as a model of ``export -outputs boxes`` gives them.

    Raises Refusal where the network has no numbers for its input.
    """
    rows = net.boxes(outputs, fit, BELOW_ALL)
    if len(rows) != count(net) or not (np.isfinite(rows.xywh).all() and np.isfinite(rows.probs).all()):
        raise Refusal(422, "the network's boxes for this are no finite numbers; it takes RGB from 0 to 1")
    return rows


def packed(rows: Boxes, picture_size: tuple[int, int], more: bytes = b"") -> bytes:
    """What ``core/candidates.js`` reads, little-endian: rows, classes, the picture's width and height as uint32; float32
    (rows, 4) of boxes relative to the picture, (rows, classes) of probabilities; then ``more``.
    """
    head = np.array([len(rows), rows.classes, *picture_size], "<u4")
    return b"".join([head.tobytes(), rows.xywh.astype(FP32).tobytes(), rows.probs.astype(FP32).tobytes(), more])


def unpacked(body: bytes) -> tuple[FloatArray, FloatArray, bytes]:
    """Boxes (rows, 4), probabilities (rows, classes), and what follows."""
    rows, classes = np.frombuffer(body, "<u4", 2).tolist()
    end = HEAD + rows * (4 + classes)
    boxes, probs = np.split(np.frombuffer(body, FP32, end - HEAD, HEAD * 4), [rows * 4])
    return boxes.reshape(rows, 4), probs.reshape(rows, classes), body[end * FP32.itemsize :]
