"""A box by its centre, its corners, its left top; relative to a picture, in its pixels; within a network's input.

Arrays are (..., 4) of any float type, which the arithmetic keeps; what is NaN or infinite stays so without a warning.
"""

from __future__ import annotations

from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from ..image.fit import Fit, Size

__all__ = ["FloatArray", "box_iou", "corners", "correct_gaussian_yolo_boxes", "correct_yolo_boxes", "left_top", "pixels"]

FloatArray = npt.NDArray[np.float32]
Floats = TypeVar("Floats", bound=npt.NDArray[np.floating[Any]])

BELOW_ONE = np.nextafter(np.float32(1), np.float32(0))


def corners(xywh: Floats, axis: int = -1) -> Floats:
    """Centre x, y, width, height → left, top, right, bottom, along ``axis``."""
    centre, sides = np.split(xywh, 2, axis)
    with np.errstate(all="ignore"):
        half = sides / 2
        return np.concatenate([centre - half, centre + half], axis)  # type: ignore[return-value]


def left_top(xywh: Floats) -> Floats:
    """Centre x, y, width, height → left, top, width, height."""
    centre, sides = np.split(xywh, 2, -1)
    with np.errstate(all="ignore"):
        return np.concatenate([centre - sides / 2, sides], -1)  # type: ignore[return-value]


def pixels(boxes: Floats, size: Size) -> Floats:
    """Relative to a picture of ``size`` (width, height) → in its pixels, by centre or corners."""
    with np.errstate(all="ignore"):
        return boxes * np.array(size * 2, boxes.dtype)  # type: ignore[return-value]


def box_iou(a: FloatArray, b: FloatArray) -> FloatArray:
    """Intersection over union of boxes (4, ...); 0 when either is 0.   C: box.c box_iou"""
    (low_a, high_a), (low_b, high_b) = (np.split(corners(box, 0), 2) for box in (a, b))
    with np.errstate(all="ignore"):
        w, h = np.minimum(high_a, high_b) - np.maximum(low_a, low_b)
        shared = np.where((w < 0) | (h < 0), np.float32(0), w * h)
        union = a[2] * a[3] + b[2] * b[3] - shared
        return np.where((shared == 0) | (union == 0), np.float32(0), shared / union)


def correct_yolo_boxes(xywh: FloatArray, fit: Fit) -> FloatArray:
    """Boxes (n, 4) relative to the net input → relative to the picture.   C: yolo_layer.c correct_yolo_boxes"""
    with np.errstate(all="ignore"):
        return _corrected(xywh, fit, _reciprocal(_ratio(fit.size, fit.net)))


def correct_gaussian_yolo_boxes(xywh: FloatArray, fit: Fit) -> FloatArray:
    """``correct_yolo_boxes`` but for the rounding of sides: times net/new, not 1/(new/net).

    C: gaussian_yolo_layer.c correct_gaussian_yolo_boxes
    """
    with np.errstate(all="ignore"):
        return _corrected(xywh, fit, _ratio(fit.net, fit.size))


def _corrected(xywh: FloatArray, fit: Fit, scale: FloatArray) -> FloatArray:
    """The offset of a letterbox is the exact half of the free pixels, where letterbox_image used a whole number."""
    net, new = np.array(fit.net, np.float64), np.array(fit.size, np.float64)
    xy = (xywh[:, :2] - (net - new) / 2.0 / net) / _ratio(fit.size, fit.net).astype(np.float64)
    return np.concatenate([xy.astype(np.float32), xywh[:, 2:] * scale], 1)


def _ratio(a: Size, b: Size) -> FloatArray:
    return (np.array(a, np.float64) / np.array(b, np.float64)).astype(np.float32)


def _reciprocal(ratio: FloatArray) -> FloatArray:
    """1 / ratio as the reference's build computes it: a 12-bit estimate and one Newton step, which miss 1/1 by one bit."""
    return np.where(ratio == 1, BELOW_ONE, np.float32(1) / ratio)
