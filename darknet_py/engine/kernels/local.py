"""Locally connected layers: a convolution whose filters change from pixel to pixel.   Strides are in floats."""

from __future__ import annotations

from ..codegen.jit import Blocks, Floats, Int, kernel, moved, row
from .convolution import UNCHANGED, Source, Taps, Tiles, row_of_tiles

__all__ = ["sum_pixel"]


@kernel
def sum_pixel(tiles: Tiles, taps: Taps, x: Blocks, w: Floats, bias: Floats, zero: Floats, y: Blocks, groups: Int,
              job: Int) -> None:  # fmt: skip
    """One pixel of one of ``groups`` groups of output blocks; ``tiles`` are of one pixel and add to what y holds.

    Other than a convolution's its sums begin with the bias.  w: (pixels, groups, channels, height, width, blocks · lanes),
    bias: (pixels, groups, blocks · lanes).   C: local_layer.c forward_local_layer
    """
    pixel, group, wide = job // groups, job % groups, tiles.blocks * y.lanes
    r, column = pixel // y.width, pixel % y.width
    ys, own = moved(row(y, group * tiles.blocks, r), column * y.lanes), moved(bias, job * wide)
    for block in range(tiles.blocks):
        for lane in range(y.lanes):
            ys[block * y.block + lane] = own[block * y.lanes + lane]
    first = moved(row(x, 0, r * taps.stride_y), column * taps.stride_x * x.lanes)
    xs = Source(first, taps.stride_x * x.lanes, x.block, x.row, x.lanes)
    weights = taps.channels * taps.height * taps.width * wide
    row_of_tiles(tiles, xs, taps, moved(w, job * weights), zero, ys, y.lanes, y.block, UNCHANGED)
