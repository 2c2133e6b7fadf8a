"""Boxes relative to the picture, as Darknet compares them: what lies beside a letterboxed picture is not part of it.

IoU is the same either way, but not the distance of centres against the diagonal, which nms_kind=greedynms and diounms take
from it: so their models with letter_box=1 have an input more, which a program may leave out.
"""

from __future__ import annotations

import numpy as np

from ...boxes.geometry import BELOW_ONE
from ...boxes.suppression import NMS_KINDS
from ...errors import ExportError
from ...layers.detection import Detection
from ...layers.gaussian_yolo import GaussianYolo
from ..onnx_writer import INPUT, Writer
from ..sides import Grid, any_of, floats
from .outputs import All

__all__ = ["INNER", "by_distance", "in_picture", "inner_sizes"]

INNER = "inner_size"


def by_distance(found: All) -> bool:
    """Whether it matters how a letterboxed picture lies in the input."""
    return found.letter_box and NMS_KINDS[found.last.nms_kind](found.last.beta_nms).beta is not None


def inner_sizes(w: Writer, size: Grid) -> str:
    """The input ``inner_size``: (width, height) of each picture within the network's, or of all; if it is not given, that
    of the network's input, ``size``: (n, 2).
    """
    if any_of(size):
        raise ExportError("-outputs nms needs the size of the input where pictures are letterboxed and boxes suppressed by "
                          "the distance of their centres (nms_kind=diounms); leave out -size dynamic, or use -outputs "
                          "boxes")  # fmt: skip
    sizes = w.optional_input(INNER, np.array([size], np.float32), ["pictures", 2])
    pictures = w.op("Slice", w.op("Shape", INPUT), w.ints(0), w.ints(1))
    return w.op("Expand", sizes, w.op("Concat", pictures, w.ints(2), axis=0))


def in_picture(w: Writer, boxes: str, found: All, inner: str) -> tuple[str, str]:
    """Centres and sides of boxes (k, 4); ``inner``: (width, height) of the picture in the input, "" for all of it.

    C: yolo_layer.c correct_yolo_boxes
    """
    centres, sides = w.split(boxes, 1, [2, 2])
    plain = isinstance(found.last, (Detection, GaussianYolo))
    if not inner:
        return centres, sides if plain else w.op("Mul", sides, w.floats(BELOW_ONE))
    ratio = w.op("Div", inner, floats(w, found.size))
    shift = w.op("Mul", w.op("Sub", w.floats(1), ratio), w.floats(0.5))
    whole = w.op("Equal", ratio, w.floats(1))
    scale = w.op("Where", whole, w.floats(1 if plain else BELOW_ONE), w.op("Div", w.floats(1), ratio))
    return w.op("Div", w.op("Sub", centres, shift), ratio), w.op("Mul", sides, scale)
