"""What models give that suppress boxes themselves: four outputs of a fixed size.

``num_dets`` (n, 1) int32; ``det_boxes`` (n, most, 4), left, top, right, bottom in pixels of the network's input;
``det_scores`` (n, most), objectness times class probability; ``det_classes`` (n, most) int32.  A picture's detections come
first, what lies behind them is 0.  Names and form are those of YOLOv7's models that end in EfficientNMS_TRT.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from onnx import TensorProto

from ...layers.head import DetectionHead
from ..onnx_writer import Side, Writer
from ..sides import Grid

__all__ = ["NAMES", "All", "Suppression", "give"]

NAMES = ("num_dets", "det_boxes", "det_scores", "det_classes")


@dataclass(frozen=True)
class Suppression:
    """``thresh``: least probability; ``nms``: largest overlap of two boxes of a class, 0 for no suppression; ``most``
    detections of a picture, of more the most probable.
    """

    thresh: float
    nms: float
    most: int

    @property
    def overlap(self) -> float:
        """``nms`` as other rules have it, which know no 0: nothing overlaps by more than 1."""
        return self.nms or 1.0


@dataclass(frozen=True)
class All:
    """All boxes of a network: ``boxes`` (n, rows, 4), centre x, y, width, height relative to the input of ``size``
    (width, height), and ``scores`` (n, rows, classes); ``last``: the head whose rule Darknet follows; ``letter_box``:
    whether pictures keep their aspect.
    """

    boxes: str
    scores: str
    rows: Side
    classes: int
    last: DetectionHead
    size: Grid
    letter_box: bool


def give(w: Writer, tensors: Sequence[str], most: int) -> None:
    """The model gives these tensors under ``NAMES``."""
    shapes = ((1,), (most, 4), (most,), (most,))
    kinds = TensorProto.INT32, TensorProto.FLOAT, TensorProto.FLOAT, TensorProto.INT32
    for name, tensor, shape, kind in zip(NAMES, tensors, shapes, kinds, strict=True):
        w.output(name, tensor, *shape, kind=kind)
