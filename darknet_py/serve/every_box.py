"""All boxes of a picture, as a model of ``export -outputs boxes`` gives them: none left out, none suppressed."""

from __future__ import annotations

import struct
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from .. import image
from ..boxes.table import FloatArray
from ..layers.region import Region
from ..object_detection import ObjectDetection
from .jobs import Refusal

__all__ = ["count", "input_of", "packed", "unpacked"]

BELOW_ALL = -float("inf")
HEAD = struct.Struct("<2I")
FP32 = np.dtype("<f4")


def count(net: ObjectDetection) -> int:
    """Boxes of a picture; 0 where classes are a tree, of which the threshold leaves one to each box."""
    if any(isinstance(head, Region) and head.tree for _, head in net.heads):
        return 0
    return sum(head.boxes(net.graph.nodes[i].shape) for i, head in net.heads)


def input_of(net: ObjectDetection, data: bytes) -> npt.NDArray[np.float32]:
    """A picture's float32 bytes as the network's input (c, h, w).  Raises Refusal for another number of them."""
    shape = net.graph.net.shape
    if len(data) != shape.size * FP32.itemsize:
        raise Refusal(400, f"the model takes {shape.c} x {shape.h} x {shape.w} values a picture by now; send them anew")
    return np.frombuffer(data, FP32).reshape(shape.c, shape.h, shape.w).astype(np.float32)


def packed(net: ObjectDetection, outputs: Sequence[FloatArray], fit: image.Fit, more: bytes = b"") -> bytes:
    """Little-endian: uint32 rows, classes; float32 boxes (rows, 4), scores (rows, classes); then ``more``.

    Raises Refusal where the network has no numbers for its input.
    """
    rows = net.boxes(outputs, fit, BELOW_ALL)
    if len(rows) != count(net) or not (np.isfinite(rows.xywh).all() and np.isfinite(rows.probs).all()):
        raise Refusal(422, "the network's boxes for this are no finite numbers; it takes RGB from 0 to 1")
    parts = [array.astype(FP32, copy=False).tobytes() for array in (rows.xywh, rows.probs)]
    return b"".join([HEAD.pack(*rows.probs.shape), *parts, more])


def unpacked(body: bytes) -> tuple[FloatArray, FloatArray, bytes]:
    """Boxes (rows, 4), scores (rows, classes), and what follows."""
    rows, classes = HEAD.unpack_from(body)
    boxes = np.frombuffer(body, FP32, rows * 4, HEAD.size)
    start = HEAD.size + boxes.nbytes
    scores = np.frombuffer(body, FP32, rows * classes, start)
    return boxes.reshape(rows, 4), scores.reshape(rows, classes), body[start + scores.nbytes :]
