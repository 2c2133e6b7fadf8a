"""Winograd's convolution, 3×3: transform tiles of the input, multiply, transform back.

A wave is a number of rows of tiles.  Its transformed input u lies as [value][block][tile][lane], and so do the products
p.  The multiplication is a 1×1 convolution of its own for each value.  Strides are in floats.

A. Lavin, S. Gray: Fast Algorithms for Convolutional Neural Networks.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..codegen.jit import Blocks, Call, Floats, Int, Real, function, kernel, moved
from ..codegen.winograd_tile import Tile, call_tiles
from .convolution import finish_row, row_of_tiles

__all__ = ["Values", "back", "copy_inside", "cut_tile", "forward", "multiply", "transform_weights"]


@function
def cut_tile(x: Floats, x_row: Int, height: Int, width: Int, tile: Floats, size: Int, lanes: Int) -> None:
    """A tile of size × size pixels, of which height × width lie in the picture, the others zero."""
    for r in range(size):
        for i in range(size * lanes):
            tile[r * size * lanes + i] = x[r * x_row + i] if r < height and i < width * lanes else 0


@function
def copy_inside(tile: Floats, size: Int, y: Floats, y_row: Int, height: Int, width: Int, lanes: Int) -> None:
    """The height × width pixels of a tile that lie in the picture."""
    for r in range(height):
        for i in range(width * lanes):
            y[r * y_row + i] = tile[r * size * lanes + i]


call_cut = Call(*cut_tile.parameters.types.values())
call_inside = Call(*copy_inside.parameters.types.values())


class Values(NamedTuple):
    """Transformed tiles: ``step`` floats from value to value, ``block`` from block to block."""

    base: Floats
    step: Int
    block: Int


@kernel
def forward(tile_kernel: Int, cut: Int, x: Blocks, height: Int, width: Int, step: Int, size: Int, lanes: Int, top: Int,
            rows: Int, across: Int, u: Values, edge: Floats, job: Int) -> None:  # fmt: skip
    """One row of tiles of one block of channels; tiles of size × size pixels begin ``step`` pixels apart.

    x points at the border of one pixel around the picture, height and width are with it.  ``edge``: room for a tile a job.
    """
    block, r = job // rows, job % rows
    left = height - (top + r) * step
    whole = (width - size) // step + 1 if left >= size and width >= size else 0
    xr = moved(x.base, block * x.block + (top + r) * step * x.row)
    ur = moved(u.base, block * u.block + r * across * lanes)
    tile = moved(edge, job * size * size * lanes)
    whole = min(whole, across)
    if whole > 0:
        call_tiles(tile_kernel, whole, xr, x.row, ur, u.step, ur, 0.0)
    for i in range(whole, across):
        inside = min(size, width - i * step)
        call_cut(cut, moved(xr, i * step * lanes), x.row, min(size, left), inside, tile, size, lanes)
        call_tiles(tile_kernel, 1, tile, size * lanes, moved(ur, i * lanes), u.step, ur, 0.0)


@kernel
def multiply(wide_kernel: Int, wide: Int, wide_pixels: Int, narrow_kernel: Int, narrow: Int, u: Values, channels: Int,
             size: Int, kinds: Int, w: Floats, w_step: Int, w_group: Int, bias: Floats, groups: Int, chunk: Int, chunks: Int,
             blocks: Int, lanes: Int, p: Values, job: Int) -> None:  # fmt: skip
    """``chunk`` groups of output blocks for one value of the tiles; ``bias`` is zero."""
    value, first = job // chunks, (job % chunks) * chunk
    kind = min(value // size, kinds - 1) * kinds + min(value % size, kinds - 1)
    for group in range(first, min(first + chunk, groups)):
        row_of_tiles(wide_kernel, wide, wide_pixels, narrow_kernel, narrow, moved(u.base, value * u.step), lanes, u.block,
                     0, 0, channels, 1, 1, moved(w, kind * w_step + group * w_group), bias,
                     moved(p.base, value * p.step + group * blocks * p.block), lanes, p.block, 1.0)  # fmt: skip


@kernel
def back(tile_kernel: Int, inside: Int, p: Values, bias: Floats, slope: Real, m: Int, lanes: Int, top: Int, rows: Int,
         across: Int, y: Blocks, out_h: Int, out_w: Int, activation: Int, z: Blocks, add: Int, edge: Floats,
         job: Int) -> None:  # fmt: skip
    """One row of tiles of one block of output channels; bias, activation and residual as in ``convolve``."""
    block, r = job // rows, job % rows
    height = min(m, out_h - (top + r) * m)
    whole = out_w // m if height == m else 0
    yr = moved(y.base, block * y.block + (top + r) * m * y.row)
    pr, b = moved(p.base, block * p.block + r * across * lanes), moved(bias, block * lanes)
    tile = moved(edge, job * m * m * lanes)
    if whole > 0:
        call_tiles(tile_kernel, whole, yr, y.row, pr, p.step, b, slope)
    for i in range(whole, across):
        call_tiles(tile_kernel, 1, tile, m * lanes, moved(pr, i * lanes), p.step, b, slope)
        call_inside(inside, tile, m, moved(yr, i * m * lanes), y.row, height, min(m, out_w - i * m), lanes)
    for i in range(height):
        zr = moved(z.base, block * z.block + ((top + r) * m + i) * z.row)
        finish_row(activation, add, moved(yr, i * y.row), zr, out_w * lanes)


def transform_weights(weights: np.ndarray, tile: Tile, blocks: int, lanes: int) -> np.ndarray:
    """(n, c, 3, 3) → (kinds · kinds, groups, c, blocks · lanes), the channels beyond n zero.

    Transformed in double precision, group by group to need little memory.
    """
    n, c = weights.shape[:2]
    both_ways = np.kron(tile.filters, tile.filters)  # (kinds · kinds, 9)
    wide = blocks * lanes
    packed = np.zeros((len(both_ways), -(-n // wide), c, wide), np.float32)
    for group in range(packed.shape[1]):
        filters = weights[group * wide : (group + 1) * wide].reshape(-1, 9)
        with np.errstate(all="ignore"):
            values = (both_ways @ filters.T.astype(np.float64)).reshape(len(both_ways), -1, c)
            packed[:, group, :, : values.shape[1]] = values.transpose(0, 2, 1)
    return packed
