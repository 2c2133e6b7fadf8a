"""A box by its centre, its corners, its left top; relative to a picture, in its pixels; within a network's input.

Arrays are (..., 4) of any float type, which the arithmetic keeps; what is NaN or infinite stays so without a warning.
"""

from __future__ import annotations

import functools
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from ..image.fit import Fit, Size

__all__ = [
    "FloatArray", "box_iou", "centred", "corners", "correct_gaussian_yolo_boxes", "correct_yolo_boxes", "covered_pixels",
    "drawn_corners", "inside", "left_top", "pixels", "print_cocos_corners", "relative", "whole_pixels",
]  # fmt: skip

FloatArray = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]
F = TypeVar("F", np.float32, np.float64)

BELOW_ONE = np.nextafter(np.float32(1), np.float32(0))


def corners(xywh: npt.NDArray[F]) -> npt.NDArray[F]:
    """Centre x, y, width, height → left, top, right, bottom."""
    with np.errstate(all="ignore"):
        centre, half = xywh[..., :2], xywh[..., 2:] / 2
        return np.concatenate([centre - half, centre + half], -1)


def left_top(xywh: npt.NDArray[F]) -> npt.NDArray[F]:
    """Centre x, y, width, height → left, top, width, height."""
    return np.concatenate([corners(xywh)[..., :2], xywh[..., 2:]], -1)


def centred(edges: npt.NDArray[F]) -> npt.NDArray[F]:
    """Left, top, right, bottom → centre x, y, width, height."""
    low, high = edges[..., :2], edges[..., 2:]
    with np.errstate(all="ignore"):
        return np.concatenate([(low + high) / 2, high - low], -1)


def pixels(boxes: npt.NDArray[F], size: Size) -> npt.NDArray[F]:
    """Relative to a picture of ``size`` (width, height) → in its pixels, by centre or corners."""
    with np.errstate(all="ignore"):
        return boxes * np.array(size * 2, boxes.dtype)


def relative(boxes: npt.NDArray[F], size: Size) -> npt.NDArray[F]:
    """In pixels of a picture of ``size`` (width, height) → relative to it, by centre or corners."""
    with np.errstate(all="ignore"):
        return np.divide(boxes, np.array(size * 2, boxes.dtype))


def inside(edges: npt.NDArray[F], size: Size) -> npt.NDArray[F]:
    """Corners in pixels, cut off at the edges of a picture of ``size``."""
    return np.clip(edges, 0, np.array(size * 2, edges.dtype))


def drawn_corners(xywh: FloatArray, size: Size) -> npt.NDArray[np.int64]:
    """Left, top, right, bottom pixel inside a picture of ``size``, int64; NaN is 0.   C: image.c draw_detections_v3"""
    return whole_pixels(pixels(corners(xywh.astype(np.float64)), size), size)


def whole_pixels(edges: Doubles, size: Size) -> npt.NDArray[np.int64]:
    """Corners in pixels → the pixels inside a picture of ``size``; NaN is 0."""
    return np.fmin(np.fmax(edges, 0), np.array(size * 2) - 1).astype(np.int64)


def covered_pixels(edges: Doubles, size: Size) -> npt.NDArray[np.int64]:
    """Corners in pixels → the first column and row that a box has a part of, and those behind its last ones.

    Of a picture of ``size`` (width, height), beyond which there are none; NaN is 0.
    """
    low, high = np.floor(edges[..., :2]), np.ceil(edges[..., 2:])
    return inside(np.nan_to_num(np.concatenate([low, high], -1)), size).astype(np.int64)


def print_cocos_corners(xywh: FloatArray, size: Size, shift: float = 0.0) -> tuple[float, float, float, float]:
    """Left, top, right, bottom of a box (4,) in pixels, plus ``shift``, cut off at the picture's edges.

    Low edges are cut at ``shift`` and high ones at the picture's size, as the reference does.   C: detector.c print_cocos
    """
    left, top, right, bottom = (corners(xywh.astype(np.float64)) + shift).astype(np.float32).tolist()
    return max(left, shift), max(top, shift), min(right, float(size[0])), min(bottom, float(size[1]))


def box_iou(a: FloatArray, b: FloatArray) -> FloatArray:
    """Intersection over union of boxes (..., 4): (...); 0 when either is 0.   C: box.c box_iou"""
    edges_a, edges_b = corners(a), corners(b)
    with np.errstate(all="ignore"):
        sides = np.minimum(edges_a[..., 2:], edges_b[..., 2:]) - np.maximum(edges_a[..., :2], edges_b[..., :2])
        w, h = sides[..., 0], sides[..., 1]
        shared = np.where((w < 0) | (h < 0), np.float32(0), w * h)
        union = a[..., 2] * a[..., 3] + b[..., 2] * b[..., 3] - shared
        return np.where((shared == 0) | (union == 0), np.float32(0), shared / union)


def correct_yolo_boxes(xywh: FloatArray, fit: Fit) -> FloatArray:
    """Boxes (n, 4) relative to the net input → relative to the picture.   C: yolo_layer.c correct_yolo_boxes"""
    shift, ratio, _, reciprocal = _inverse(tuple(fit.net_size), tuple(fit.inner_size))
    return _corrected(xywh, shift, ratio, reciprocal)


def correct_gaussian_yolo_boxes(xywh: FloatArray, fit: Fit) -> FloatArray:
    """``correct_yolo_boxes`` but for the rounding of sides: times net/new, not 1/(new/net).

    C: gaussian_yolo_layer.c correct_gaussian_yolo_boxes
    """
    shift, ratio, scale, _ = _inverse(tuple(fit.net_size), tuple(fit.inner_size))
    return _corrected(xywh, shift, ratio, scale)


def _corrected(xywh: FloatArray, shift: Doubles, ratio: Doubles, scale: FloatArray) -> FloatArray:
    corrected = np.empty(xywh.shape, np.float32)
    with np.errstate(all="ignore"):
        corrected[:, :2] = (xywh[:, :2] - shift) / ratio
        corrected[:, 2:] = xywh[:, 2:] * scale
    return corrected


@functools.lru_cache(16)
def _inverse(net_size: tuple[int, ...], inner_size: tuple[int, ...]) -> tuple[Doubles, Doubles, FloatArray, FloatArray]:
    """Of width and height: the offset within the net input, new/net in float32, net/new, and the reciprocal of new/net.

    The offset of a letterbox is the exact half of the free pixels, where letterbox_image used a whole number.
    """
    net, new = np.array(net_size, np.float64), np.array(inner_size, np.float64)
    with np.errstate(all="ignore"):
        ratio, scale = (new / net).astype(np.float32), (net / new).astype(np.float32)
        return (net - new) / 2.0 / net, ratio.astype(np.float64), scale, _reciprocal(ratio)


def _reciprocal(ratio: FloatArray) -> FloatArray:
    """1 / ratio as the reference's build computes it: a 12-bit estimate and one Newton step, which miss 1/1 by one bit."""
    return np.where(ratio == 1, BELOW_ONE, np.float32(1) / ratio)
