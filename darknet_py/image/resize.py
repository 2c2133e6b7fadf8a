"""Pictures to another size, and cuts.  Bit for bit as the reference does."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from .arrays import Planes

__all__ = ["Interpolation", "crop_image", "min_size", "resize_image", "resize_min", "resize_picture"]

Interpolation: TypeAlias = Literal["linear", "area", "cubic", "nearest"]


def resize_image(im: Planes, w: int, h: int) -> Planes:
    """Corner-aligned bilinear resize: (c, ih, iw) → (c, h, w), bit for bit.   C: image.c resize_image

    Columns first, then rows, every product rounded before the sum.  Height 1 is undefined in C: here its last row, as the
    reference does with width 1.
    """
    c, ih, iw = im.shape
    if (ih, iw) == (h, w):
        return im.copy()
    x = _columns(iw, w)
    y, needed = _rows(ih, h)
    out = np.empty((c, h, w), np.float32)
    for plane, result in zip(im, out):  # plane by plane: the intermediate rows stay in the cache
        rows = plane if needed is None else plane[needed]
        part = np.take(rows, x.low, axis=1, mode="clip")
        part *= x.low_weight
        high = np.take(rows, x.high, axis=1, mode="clip")
        high *= x.high_weight
        part += high
        np.take(part, y.low, axis=0, out=result, mode="clip")
        result *= y.low_weight[:, None]
        high = np.take(part, y.high, axis=0, mode="clip")
        high *= y.high_weight[:, None]
        result += high
    return out


def resize_picture(picture: NDArray[Any], w: int, h: int, interpolation: Interpolation = "linear") -> NDArray[Any]:
    """A picture (ih, iw, c) → (h, w, c) in its own type.   C: image_opencv.cpp get_image_from_stream_resize

    ``interpolation``: OpenCV's linear, which the reference has, or area, cubic, nearest.
    """
    from .._support.with_cv2 import cv2

    method = getattr(cv2, f"INTER_{interpolation.upper()}")
    return np.asarray(cv2.resize(picture, (w, h), interpolation=method)).reshape(h, w, -1)


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


class _Taps(NamedTuple):
    """For each output position the two input positions (intp) it reads, and their float32 weights."""

    low: NDArray[np.intp]
    high: NDArray[np.intp]
    low_weight: NDArray[np.float32]
    high_weight: NDArray[np.float32]


def _taps(size: int, new_size: int) -> _Taps:
    scale = np.float32(size - 1) / np.float32(max(new_size - 1, 1))
    position = np.arange(new_size, dtype=np.float32) * scale
    low = position.astype(np.intp)
    fraction = position - low.astype(np.float32)
    return _Taps(low, np.minimum(low + 1, size - 1), np.float32(1) - fraction, fraction)


def _columns(size: int, new_size: int) -> _Taps:
    """The reference copies the last column without interpolation."""
    taps = _taps(size, new_size)
    taps.low[-1], taps.low_weight[-1], taps.high_weight[-1] = size - 1, 1, 0
    return taps


def _rows(size: int, new_size: int) -> tuple[_Taps, NDArray[np.intp] | None]:
    """Row taps into the rows that are needed, and those rows' numbers, None when that is all of them.

    The reference leaves out the last row's second tap, even where rounding put its position just below the last row.
    """
    taps = _taps(size, new_size)
    taps.high_weight[-1] = 0
    if new_size == 1:
        taps.low[-1], taps.low_weight[-1] = size - 1, 1
    if 2 * new_size >= size:
        return taps, None
    needed = np.union1d(taps.low, taps.high)
    low, high = np.searchsorted(needed, taps.low), np.searchsorted(needed, taps.high)
    return taps._replace(low=low, high=high), needed
