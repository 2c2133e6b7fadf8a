"""Convolution over whole layers: the loop over rows, and tiles along them.

Strides are in floats.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..codegen.bfloat import call_rounding
from ..codegen.convolution_tile import call_row
from ..codegen.jit import Blocks, Call, Floats, Int, Real, function, inline, kernel, moved, row
from .activations import call_activation
from .leaky_tail import activate_row, tail_row

__all__ = ["UNCHANGED", "Finish", "Share", "Source", "Taps", "Tiles", "add_row", "convolve", "finish_row", "row_of_tiles"]


@function
def add_row(y: Floats, z: Floats, n: Int) -> None:
    """y += z over n floats."""
    for i in range(n):
        y[i] += z[i]


UNCHANGED = np.float32(1)  # the slope of what is not activated
call_add = Call(*add_row.parameters.types.values())


class Tiles(NamedTuple):
    """What covers a row of ``blocks`` output blocks: ``wide`` tiles of ``wide_pixels``, then ``narrow`` ones.

    ``wide_kernel`` and ``narrow_kernel`` are addresses of row kernels.
    """

    wide_kernel: Int
    wide: Int
    wide_pixels: Int
    narrow_kernel: Int
    narrow: Int
    blocks: Int


class Taps(NamedTuple):
    """What an output sums over, and how far apart in pixels outputs begin and taps lie."""

    channels: Int
    height: Int
    width: Int
    stride_y: Int
    stride_x: Int
    dilation: Int


class Source(NamedTuple):
    """The first tap of a row's first output; strides to the next output, block of channels, tap below, tap to the right."""

    base: Floats
    pixel: Int
    block: Int
    row: Int
    tap: Int


class Finish(NamedTuple):
    """What is done to sums: v, or slope · v below 0, but from element ``tail`` on what the reference's scalar loop does; the
    functions over a row at these addresses, which may be 0: ``activation``, ``add_row`` at ``add``, and what rounds a row to
    pairs of bfloat16."""

    slope: Real
    tail: Int
    activation: Int
    add: Int
    rounding: Int


class Share(NamedTuple):
    """What a job does: ``rows`` rows, of which ``strips`` jobs do all, of ``chunk`` of all ``groups`` of output blocks.

    ``floatless``: y has room for one row of one group a job, from which it is rounded.
    """

    groups: Int
    chunk: Int
    rows: Int
    strips: Int
    floatless: Int


@inline
def finish_row(finish: Finish, y: Floats, z: Floats, pairs: Floats, width: Int, lanes: Int) -> None:
    """Over a row of a block: the activation, then the sum with z; then y as pairs too."""
    if finish.activation != 0:
        call_activation(finish.activation, y, width * lanes)
    if finish.add != 0:
        call_add(finish.add, y, z, width * lanes)
    if finish.rounding != 0:
        call_rounding(finish.rounding, width, y, pairs)


@inline
def row_of_tiles(tiles: Tiles, x: Source, taps: Taps, w: Floats, bias: Floats, y: Floats, y_pixel: Int, y_block: Int,
                 slope: Real) -> None:  # fmt: skip
    """One row of the output for one group of blocks: wide tiles, then narrow ones."""
    if tiles.wide > 0:
        call_row(tiles.wide_kernel, tiles.wide, x.base, x.block, x.row, x.tap, taps.channels, taps.height, taps.width, w,
                 bias, y, y_block, slope)  # fmt: skip
    if tiles.narrow > 0:
        done = tiles.wide * tiles.wide_pixels
        call_row(tiles.narrow_kernel, tiles.narrow, moved(x.base, done * x.pixel), x.block, x.row, x.tap, taps.channels,
                 taps.height, taps.width, w, bias, moved(y, done * y_pixel), y_block, slope)  # fmt: skip


@kernel
def convolve(tiles: Tiles, taps: Taps, x: Blocks, w: Floats, bias: Floats, y: Blocks, z: Blocks, pairs: Blocks,
             finish: Finish, share: Share, job: Int) -> None:  # fmt: skip
    """``rows`` rows of ``chunk`` groups of output blocks.   C: convolutional_layer.c forward_convolutional_layer

    x points at the first tap of the first output pixel.  ``pairs``: where y goes rounded, too; y itself if nowhere.
    """
    first, top = job // share.strips * share.chunk, job % share.strips * share.rows
    wide = tiles.blocks * y.lanes
    weights = taps.channels * taps.height * taps.width * wide
    for r in range(top, min(top + share.rows, pairs.height)):
        for group in range(first, min(first + share.chunk, share.groups)):
            xs = Source(row(x, 0, r * taps.stride_y), taps.stride_x * x.lanes, x.block, x.row * taps.dilation,
                        x.lanes * taps.dilation)  # fmt: skip
            block = group * tiles.blocks
            ys = row(y, 0, job) if share.floatless != 0 else row(y, block, r)
            tail = r >= tail_row(y, block + tiles.blocks - 1, finish.tail)
            row_of_tiles(tiles, xs, taps, moved(w, group * weights), moved(bias, group * wide), ys, y.lanes, y.block,
                         UNCHANGED if tail else finish.slope)  # fmt: skip
            for i in range(tiles.blocks):
                if tail:
                    activate_row(y, block + i, r, finish.tail)
                finish_row(finish, moved(ys, i * y.block), row(z, block + i, r), row(pairs, block + i, r), y.width, y.lanes)
