"""Boxes under the names that programs know: those of ``boxes``, with sizes where that has a ``Fit``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from .boxes import decode, geometry
from .boxes.detection import Detection, listed
from .boxes.geometry import FloatArray, correct_gaussian_yolo_boxes, correct_yolo_boxes
from .boxes.suppression import NMS_KINDS, as_head_says, non_max_suppression, suppressed
from .boxes.table import Boxes
from .boxes.thresholds import NMS, THRESH
from .image.fit import Fit, Size
from .layers.head import DetectionHead

__all__ = [
    "NMS_KINDS", "Detection", "box_iou", "correct_boxes", "detections", "get_network_boxes", "in_pixels", "listed",
    "non_max_suppression", "scaled_size", "suppressed",
]  # fmt: skip

in_pixels = Boxes.in_pixels


def box_iou(a: FloatArray, b: FloatArray) -> FloatArray:
    """Intersection over union of boxes (4, ...); see ``geometry.box_iou``."""
    return geometry.box_iou(np.moveaxis(a, 0, -1), np.moveaxis(b, 0, -1))


def detections(
    heads: Sequence[DetectionHead], outputs: Sequence[FloatArray], picture_size: Size, net_size: Size,
    thresh: float = THRESH, nms: float = NMS, letter_box: bool = False, names: Sequence[str] = (),
) -> list[Detection]:  # fmt: skip
    """What a network sees: ``get_network_boxes``, suppression as the last head says, then ``listed``.

    ``outputs`` are the heads' (c, h, w) arrays in cfg order; sizes are (width, height) in pixels; ``nms`` 0: none.
    """
    boxes = get_network_boxes(heads, outputs, picture_size, net_size, thresh, letter_box)
    return listed(as_head_says(boxes, heads[-1], nms) if heads else boxes, thresh, names)


def get_network_boxes(
    heads: Sequence[DetectionHead], outputs: Sequence[FloatArray], picture_size: Size, net_size: Size, thresh: float,
    letter_box: bool = False,
) -> Boxes:  # fmt: skip
    """See ``decode.get_network_boxes``."""
    return decode.get_network_boxes(heads, outputs, Fit(picture_size, net_size, letter_box), thresh)


def correct_boxes(
    boxes: Boxes, picture_size: Size, net_size: Size, letter_box: bool, direct_scale: bool = False
) -> Boxes:
    """Boxes relative to the net input → relative to the picture; ``direct_scale``: as [Gaussian_yolo] has them."""
    inverse = correct_gaussian_yolo_boxes if direct_scale else correct_yolo_boxes
    return replace(boxes, xywh=inverse(boxes.xywh, Fit(picture_size, net_size, letter_box)))


def scaled_size(picture_size: Size, net_size: Size) -> Size:
    """The picture's (width, height) within a letterboxed net input, truncated to whole pixels."""
    return Fit(picture_size, net_size, letter_box=True).inner_size
