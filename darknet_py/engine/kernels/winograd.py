"""Winograd's convolution, 3×3: transform tiles of the input, multiply, transform back.

A wave is a number of rows of tiles.  Its transformed input u lies as [value][block][tile][lane], and so do the products
p.  The multiplication is a 1×1 convolution of its own for each value.  Strides are in floats.

A. Lavin, S. Gray: Fast Algorithms for Convolutional Neural Networks.
"""

from __future__ import annotations

from typing import NamedTuple

from ..codegen.jit import Blocks, Call, Floats, Int, function, kernel, moved, row
from ..codegen.winograd_tile import call_tiles
from .convolution import Finish, Source, Taps, Tiles, finish_row, row_of_tiles

__all__ = ["Values", "Wave", "back", "copy_inside", "cut_tile", "forward", "multiply"]


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
    lanes: Int


class Wave(NamedTuple):
    """``rows`` rows of ``across`` tiles from row ``top`` on; ``edge``: room for a tile a job."""

    top: Int
    rows: Int
    across: Int
    edge: Floats


@kernel
def forward(tile_kernel: Int, cut: Int, x: Blocks, step: Int, size: Int, wave: Wave, u: Values, job: Int) -> None:
    """One row of tiles of one block of channels; tiles of size × size pixels begin ``step`` pixels apart.

    x points at the border of one pixel around the picture.
    """
    block, r = job // wave.rows, job % wave.rows
    top, height, width = (wave.top + r) * step, x.height + 2, x.width + 2
    inner = (width - size) // step + 1 if height - top >= size and width >= size else 0
    xs, us = row(x, block, top), moved(u.base, block * u.block + r * wave.across * u.lanes)
    tile = moved(wave.edge, job * size * size * u.lanes)
    inner = min(inner, wave.across)
    if inner > 0:
        call_tiles(tile_kernel, inner, xs, x.row, us, u.step, us, 0.0)
    for i in range(inner, wave.across):
        down, right = min(size, height - top), min(size, width - i * step)
        call_cut(cut, moved(xs, i * step * u.lanes), x.row, down, right, tile, size, u.lanes)
        call_tiles(tile_kernel, 1, tile, size * u.lanes, moved(us, i * u.lanes), u.step, us, 0.0)


@kernel
def multiply(tiles: Tiles, channels: Int, u: Values, size: Int, kinds: Int, w: Floats, bias: Floats, groups: Int,
             chunk: Int, p: Values, job: Int) -> None:  # fmt: skip
    """``chunk`` of all ``groups`` of output blocks for one of size × size values; ``bias`` is zero."""
    chunks, weights = (groups + chunk - 1) // chunk, channels * tiles.blocks * p.lanes
    value, first = job // chunks, job % chunks * chunk
    kind = min(value // size, kinds - 1) * kinds + min(value % size, kinds - 1)
    xs, taps = Source(moved(u.base, value * u.step), u.lanes, u.block, 0, 0), Taps(channels, 1, 1, 1, 1, 1)
    for group in range(first, min(first + chunk, groups)):
        row_of_tiles(tiles, xs, taps, moved(w, (kind * groups + group) * weights), bias,
                     moved(p.base, value * p.step + group * tiles.blocks * p.block), p.lanes, p.block, 1.0)  # fmt: skip


@kernel
def back(tile_kernel: Int, inside: Int, p: Values, bias: Floats, m: Int, wave: Wave, y: Blocks, z: Blocks, pairs: Blocks,
         finish: Finish, job: Int) -> None:  # fmt: skip
    """One row of tiles of one block of output channels, m × m pixels each; ``finish``, z, ``pairs`` as in ``convolve``."""
    block, r = job // wave.rows, job % wave.rows
    top = (wave.top + r) * m
    height = min(m, y.height - top)
    inner = y.width // m if height == m else 0
    ys, ps = row(y, block, top), moved(p.base, block * p.block + r * wave.across * p.lanes)
    tile, b = moved(wave.edge, job * m * m * p.lanes), moved(bias, block * p.lanes)
    if inner > 0:
        call_tiles(tile_kernel, inner, ys, y.row, ps, p.step, b, finish.slope)
    for i in range(inner, wave.across):
        call_tiles(tile_kernel, 1, tile, m * p.lanes, moved(ps, i * p.lanes), p.step, b, finish.slope)
        call_inside(inside, tile, m, moved(ys, i * m * p.lanes), y.row, height, min(m, y.width - i * m), p.lanes)
    for i in range(top, top + height):
        finish_row(finish, row(y, block, i), row(z, block, i), row(pairs, block, i), y.width, p.lanes)
