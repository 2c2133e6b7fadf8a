"""Pictures to another size, and cuts.  Bit for bit as the reference does."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from .arrays import Planes
from .scaling import Area, scale_planes

__all__ = ["Interpolation", "crop_image", "min_size", "resize_image", "resize_min", "resize_picture"]

Interpolation: TypeAlias = Literal["linear", "area", "cubic", "nearest"]


def resize_image(im: Planes, w: int, h: int) -> Planes:
    """Corner-aligned bilinear resize: (c, ih, iw) → (c, h, w), bit for bit.   C: image.c resize_image

    Columns first, then rows, every product rounded before the sum.  Height 1 is undefined in C: here its last row, as the
    reference does with width 1.
    """
    out = np.empty((len(im), h, w), np.float32)
    scale_planes(im, out, Area(0, 0, w, h))
    return out


def resize_picture(picture: NDArray[Any], w: int, h: int, interpolation: Interpolation = "linear") -> NDArray[Any]:
    """A picture (ih, iw, c) → (h, w, c) in its own type.   C: image_opencv.cpp get_image_from_stream_resize

    ``interpolation``: OpenCV's linear, which the reference has, or area, cubic, nearest.
    """
    from .._support.with_cv2 import cv2

    method = getattr(cv2, f"INTER_{interpolation.upper()}")
    return np.asarray(cv2.resize(picture, (w, h), interpolation=method)).reshape(h, w, -1)


def reduced(picture: NDArray[Any], longest: int) -> NDArray[Any]:
    """A picture (h, w, c) with no side longer than ``longest``, in its proportions; a smaller one as it is."""
    height, width = picture.shape[:2]
    share = longest / max(height, width)
    if share >= 1:
        return picture
    return resize_picture(picture, max(round(width * share), 1), max(round(height * share), 1), "area")


def resize_min(im: Planes, side: int) -> Planes:
    """Resize keeping the proportions, the shorter side to ``side``: (c, ih, iw) → (c, h, w).   C: image.c resize_min"""
    return resize_image(im, *min_size((im.shape[2], im.shape[1]), side))


def min_size(size: tuple[int, int], side: int) -> tuple[int, int]:
    """(width, height) with the proportions of ``size``, the shorter one being ``side``."""
    w, h = size
    return (side, h * side // w) if w < h else (w * side // h, side)


def crop_image(im: Planes, left: int, top: int, w: int, h: int) -> Planes:
    """The part (c, h, w) from ``left`` and ``top`` on; outside of the picture its border goes on.   C: image.c crop_image"""
    rows = np.take(im, np.arange(top, top + h), axis=1, mode="clip")
    return np.take(rows, np.arange(left, left + w), axis=2, mode="clip")
