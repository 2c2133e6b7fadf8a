"""Winograd's convolution, 3×3: transform tiles of the input, multiply, transform back.

A wave is a number of rows of tiles.  Its transformed input u lies as [value][block][tile][lane], and so do the products
p; ``u_step`` and ``p_step`` lead from value to value.  The multiplication is a 1×1 convolution of its own for each value.

Addresses are in bytes, strides in floats.   A. Lavin, S. Gray: Fast Algorithms for Convolutional Neural Networks.
"""

from __future__ import annotations

import numpy as np

from ..codegen.jit import Call, Floats, Int, Real, function, kernel
from ..codegen.winograd_tile import Tile, call_tiles
from .convolution import finish_row, row_of_tiles

__all__ = ["back", "copy_inside", "cut_tile", "forward", "multiply", "transform_weights"]


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


call_cut = Call("Floats", "Int", "Int", "Int", "Floats", "Int", "Int")
call_inside = Call("Floats", "Int", "Floats", "Int", "Int", "Int", "Int")


@kernel
def forward(tile_kernel: Int, cut: Int, x: Int, x_row: Int, x_block: Int, height: Int, width: Int, step: Int, size: Int,
            lanes: Int, top: Int, rows: Int, across: Int, u: Int, u_step: Int, u_block: Int, edge: Int,
            job: Int) -> None:  # fmt: skip
    """One row of tiles of one block of channels; tiles of size × size pixels begin ``step`` pixels apart.

    x points at the border of one pixel around the picture, height and width are with it.  ``edge``: room for a tile a job.
    """
    block, r = job // rows, job % rows
    left = height - (top + r) * step
    whole = (width - size) // step + 1 if left >= size and width >= size else 0
    xr = x + 4 * (block * x_block + (top + r) * step * x_row)
    ur = u + 4 * (block * u_block + r * across * lanes)
    tile = edge + 4 * job * size * size * lanes
    whole = min(whole, across)
    if whole > 0:
        call_tiles(tile_kernel, whole, xr, x_row, ur, u_step, 0, 0.0)
    for i in range(whole, across):
        call_cut(cut, xr + 4 * i * step * lanes, x_row, min(size, left), min(size, width - i * step), tile, size, lanes)
        call_tiles(tile_kernel, 1, tile, size * lanes, ur + 4 * i * lanes, u_step, 0, 0.0)


@kernel
def multiply(wide_kernel: Int, wide: Int, wide_pixels: Int, narrow_kernel: Int, narrow: Int, u: Int, u_step: Int,
             u_block: Int, channels: Int, size: Int, kinds: Int, w: Int, w_step: Int, w_group: Int, bias: Int,
             groups: Int, chunk: Int, chunks: Int, blocks: Int, lanes: Int, p: Int, p_step: Int, p_block: Int,
             job: Int) -> None:  # fmt: skip
    """``chunk`` groups of output blocks for one value of the tiles; ``bias`` is zero."""
    value, first = job // chunks, (job % chunks) * chunk
    kind = min(value // size, kinds - 1) * kinds + min(value % size, kinds - 1)
    for group in range(first, min(first + chunk, groups)):
        row_of_tiles(wide_kernel, wide, wide_pixels, narrow_kernel, narrow, u + 4 * value * u_step, lanes, u_block, 0, 0,
                     channels, 1, 1, w + 4 * (kind * w_step + group * w_group), bias,
                     p + 4 * (value * p_step + group * blocks * p_block), lanes, p_block, 1.0)  # fmt: skip


@kernel
def back(tile_kernel: Int, inside: Int, p: Int, p_step: Int, p_block: Int, bias: Int, slope: Real, m: Int, lanes: Int,
         top: Int, rows: Int, across: Int, y: Int, y_row: Int, y_block: Int, out_h: Int, out_w: Int, activation: Int,
         z: Int, z_row: Int, z_block: Int, add: Int, edge: Int, job: Int) -> None:  # fmt: skip
    """One row of tiles of one block of output channels; bias, activation and residual as in ``convolve``."""
    block, r = job // rows, job % rows
    height = min(m, out_h - (top + r) * m)
    whole = out_w // m if height == m else 0
    yr = y + 4 * (block * y_block + (top + r) * m * y_row)
    pr, b = p + 4 * (block * p_block + r * across * lanes), bias + 4 * block * lanes
    tile = edge + 4 * job * m * m * lanes
    if whole > 0:
        call_tiles(tile_kernel, whole, yr, y_row, pr, p_step, b, slope)
    for i in range(whole, across):
        call_tiles(tile_kernel, 1, tile, m * lanes, pr + 4 * i * lanes, p_step, b, slope)
        call_inside(inside, tile, m, yr + 4 * i * m * lanes, y_row, height, min(m, out_w - i * m), lanes)
    for i in range(height):
        zr = z + 4 * (block * z_block + ((top + r) * m + i) * z_row)
        finish_row(activation, add, yr + 4 * i * y_row, zr, out_w * lanes)


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
