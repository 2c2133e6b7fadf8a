"""Kernels of a convolution as a picture.   C: convolutional_layer.c visualize_convolutional_layer, image.c show_images"""

from __future__ import annotations

from math import ceil, sqrt

import numpy as np
import numpy.typing as npt

__all__ = ["kernel_picture"]

Picture = npt.NDArray[np.uint8]
COLOURS = 3
BORDER = 1
LINES = 128, 64, 0  # blue, which no grey is taken for
SIDE = 1024         # pixels that a picture is made large to
LARGEST = 16        # pixels that a number becomes
FLAT = 1e-9         # C: image.c normalize_image


def kernel_picture(weights: npt.NDArray[np.float32]) -> Picture:
    """Weights (filters, channels, y, x) → a picture (h, w, 3), BGR.

    Each filter's least number is black, its largest white.  Filters of three channels are tiles in red, green and blue,
    those of one channel in grey, in rows as long as there are rows; of all others each has a row of its own, a tile for
    each channel, as the reference has it.  Numbers of small pictures are squares of several pixels.
    """
    filters, channels, h, w = weights.shape
    shades = _normalized(weights.reshape(filters, -1)).reshape(weights.shape)
    if channels in (1, COLOURS):
        tiles = np.broadcast_to(shades, (filters, COLOURS, h, w))[:, ::-1].transpose(0, 2, 3, 1)
        columns = ceil(sqrt(filters))
    else:
        tiles = np.broadcast_to(shades.reshape(-1, h, w, 1), (filters * channels, h, w, COLOURS))
        columns = channels
    sheet = _sheet(tiles, columns)
    times = min(max(1, SIDE // max(sheet.shape[:2])), LARGEST)
    return sheet.repeat(times, axis=0).repeat(times, axis=1)


def _normalized(filters: npt.NDArray[np.float32]) -> Picture:
    """(filters, numbers) → 0 to 255 for the least and the largest of each filter; NaN is black."""
    with np.errstate(all="ignore"):
        finite = np.where(np.isfinite(filters), filters, np.float32(np.nan))
        low = np.fmin.reduce(finite, axis=1, keepdims=True)
        span = np.fmax.reduce(finite, axis=1, keepdims=True) - low
        low, span = np.where(span >= FLAT, low, 0), np.where(span >= FLAT, span, 1)
        shades = np.nan_to_num((filters - low) / span, nan=0.0)
    return (shades.clip(0, 1) * 255).astype(np.uint8)


def _sheet(tiles: Picture, columns: int) -> Picture:
    """Tiles (n, h, w, 3) in rows of ``columns``, with lines between those of more than one pixel."""
    n, h, w, colours = tiles.shape
    rows, border = ceil(n / columns), BORDER if h * w > 1 else 0
    sheet = np.full((rows * columns, h + border, w + border, colours), LINES, np.uint8)
    sheet[:n, :h, :w] = tiles
    joined = sheet.reshape(rows, columns, h + border, w + border, colours).swapaxes(1, 2)
    whole = joined.reshape(rows * (h + border), columns * (w + border), colours)
    return whole[: len(whole) - border, : whole.shape[1] - border]
