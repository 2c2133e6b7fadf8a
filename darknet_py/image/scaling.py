"""Pixels and planes → planes of another size, compiled: where each of the output's columns and rows reads."""

from __future__ import annotations

import functools
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["Area", "scale_pixels", "scale_planes"]

KEPT = 32  # sizes that the places are known of


class Area(NamedTuple):
    """A part of the output, in its pixels."""

    left: int
    top: int
    width: int
    height: int


def scale_planes(im: NDArray[np.float32], out: NDArray[np.float32], area: Area) -> None:
    """``im`` (c, ih, iw) into ``area`` of ``out`` (c, h, w), which is contiguous."""
    left, top, width, height = area
    if im.shape[1:] == (height, width):
        out[:, top : top + height, left : left + width] = im
        return
    for plane, y in zip(np.ascontiguousarray(im, np.float32), out, strict=True):
        _scale(plane, plane[-1], 1, y, area)


def scale_pixels(pixels: NDArray[np.uint8], out: NDArray[np.float32], area: Area) -> None:
    """``pixels`` (ih, iw, 3) BGR or (ih, iw, 4) BGRA, divided by 255, into ``area`` of ``out`` (3, h, w), contiguous RGB.

    The same bits as ``scale_planes`` of their planes, which are not made.
    """
    step = pixels.shape[2]
    if pixels.strides[1:] != (step, 1) or pixels.strides[0] < pixels.shape[1] * step:
        pixels = np.ascontiguousarray(pixels)
    _scale(pixels, np.append(pixels[-1], np.uint8(0)), step, out, area)


def _scale(x: NDArray[Any], last: NDArray[Any], step: int, y: NDArray[np.float32], area: Area) -> None:
    """``x``: rows of pixels of ``step`` elements each; see ``Resizing``."""
    from ..engine.codegen.calls import call
    from ..engine.codegen.resizing import Output, Taps, resizing
    from ..engine.native.host import host

    (rows, columns), lanes = x.shape[:2], host().lanes
    pixels, vectors = x.dtype == np.uint8, -(-area.width // lanes)
    across = _padded(columns, area.width, step, vectors * lanes)
    part = np.empty((2, 3 if pixels else 1, vectors * lanes), np.float32)
    target = Output(y, area.top * y.shape[-1] + area.left, y.shape[-1], y.shape[-1] * y.shape[-2], area.width, area.height)
    call(resizing(lanes, pixels), x=x, last=last, x_row=x.strides[0] // x.itemsize, last_row=rows - 1,
         columns=Taps(*across), vectors=vectors, rows=Taps(*_down(rows, area.height)), part=part, y=target)  # fmt: skip


_Taps = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float32], NDArray[np.float32]]


def _taps(size: int, new_size: int) -> _Taps:
    """For each place in the output two in the input, and their weights."""
    scale = np.float32(size - 1) / np.float32(max(new_size - 1, 1))
    position = np.arange(new_size, dtype=np.float32) * scale
    low = position.astype(np.int64)
    fraction = position - low.astype(np.float32)
    return *(np.minimum(place, size - 1) for place in (low, low + 1)), np.float32(1) - fraction, fraction


@functools.lru_cache(KEPT)
def _padded(size: int, new_size: int, step: int, length: int) -> _Taps:
    """Columns, places counted in elements; the reference copies the last one without interpolation."""
    low, high, low_weight, high_weight = _taps(size, new_size)
    low[-1], low_weight[-1], high_weight[-1] = size - 1, 1, 0
    more = (0, length - new_size)
    return np.pad(low * step, more), np.pad(high * step, more), np.pad(low_weight, more), np.pad(high_weight, more)


@functools.lru_cache(KEPT)
def _down(size: int, new_size: int) -> _Taps:
    """Rows.  The reference leaves out the last one's second tap, even where rounding put it just below the last row."""
    low, high, low_weight, high_weight = _taps(size, new_size)
    high_weight[-1] = 0
    if new_size == 1:
        low[-1], high[-1], low_weight[-1] = size - 1, size - 1, 1
    return low, high, low_weight, high_weight
