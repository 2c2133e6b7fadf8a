"""Winograd's convolution, 3×3: transform tiles of the input, multiply, transform back.

A wave is a number of rows of tiles.  Its transformed input u lies as [value][block][tile][lane], and so do the products
p.  The multiplication is a 1×1 convolution of its own for each value.  Strides are in floats.

A. Lavin, S. Gray: Fast Algorithms for Convolutional Neural Networks.
"""

from __future__ import annotations

from typing import NamedTuple

from ..codegen.jit import Blocks, Call, Floats, Int, ahead, function, inline, kernel, moved, row
from ..codegen.winograd_filter import call_filters
from ..codegen.winograd_tile import call_tiles
from .convolution import Finish, Source, Taps, Tiles, finish_row, row_of_tiles

__all__ = ["Back", "Filters", "Values", "Wave", "back", "copy_inside", "cut_tile", "forward", "multiply", "multiply_fresh"]


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


class Filters(NamedTuple):
    """Filters (groups, c, 3, 3, blocks · lanes) at ``w``, transformed where they are needed, ``chunk`` channels at a time.

    A job has room for the values of a chunk's filters at ``values``, ``room`` floats after the job before, and ``step``
    between the values of two kinds; ``kernel``: the address of the transform; ``bias`` is zero.
    """

    w: Floats
    channels: Int
    chunk: Int
    kernel: Int
    size: Int
    kinds: Int
    values: Floats
    step: Int
    room: Int
    bias: Floats


class Back(NamedTuple):
    """The way to the output: addresses of the transform and of ``copy_inside``, biases; m × m pixels a tile."""

    kernel: Int
    inside: Int
    bias: Floats
    m: Int


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
    xs, taps = Source(moved(u.base, value * u.step), u.lanes, u.block, 0, 0), Taps(channels, 1, 1, 1, 1, 1)
    for group in range(first, min(first + chunk, groups)):
        row_of_tiles(tiles, xs, taps, moved(w, (kind_of(value, size, kinds) * groups + group) * weights), bias,
                     moved(p.base, value * p.step + group * tiles.blocks * p.block), p.lanes, p.block, 1.0)  # fmt: skip


@kernel
def back(back: Back, p: Values, wave: Wave, y: Blocks, z: Blocks, pairs: Blocks, finish: Finish, job: Int) -> None:
    """One row of tiles of one block of output channels; ``finish``, z, ``pairs`` as in ``convolve``."""
    tile = moved(wave.edge, job * back.m * back.m * p.lanes)
    row_back(back, p, wave, y, z, pairs, finish, job // wave.rows, job % wave.rows, tile)


@kernel
def multiply_fresh(tiles: Tiles, adding: Tiles, filters: Filters, u: Values, p: Values, back: Back, wave: Wave, y: Blocks,
                   z: Blocks, pairs: Blocks, finish: Finish, job: Int) -> None:  # fmt: skip
    """One group of output blocks for a whole wave: its filters transformed, all products, and all that follows.

    ``adding``: the tiles that add to the sums of the chunks before.
    """
    first, wide, values = job * tiles.blocks, tiles.blocks * p.lanes, moved(filters.values, job * filters.room)
    for channel in range(0, filters.channels, filters.chunk):
        count, w = min(filters.chunk, filters.channels - channel), (job * filters.channels + channel) * 9 * wide
        call_filters(filters.kernel, count, tiles.blocks, moved(filters.w, w), values, filters.step)
        following = min(filters.chunk, filters.channels - channel - count) * 9 * wide
        for value in range(filters.size * filters.size):
            load_ahead(moved(filters.w, w + count * 9 * wide), following, value, filters.size * filters.size)
            xs = Source(moved(u.base, value * u.step + channel // u.lanes * u.block), u.lanes, u.block, 0, 0)
            taps, v = Taps(count, 1, 1, 1, 1, 1), moved(values, kind_of(value, filters.size, filters.kinds) * filters.step)
            sums = moved(p.base, value * p.step + first * p.block)
            if channel == 0:
                row_of_tiles(tiles, xs, taps, v, filters.bias, sums, p.lanes, p.block, 1.0)
            else:
                row_of_tiles(adding, xs, taps, v, filters.bias, sums, p.lanes, p.block, 1.0)
    for block in range(first, min(first + tiles.blocks, (y.channels + y.lanes - 1) // y.lanes)):
        for r in range(wave.rows):
            row_back(back, p, wave, y, z, pairs, finish, block, r, moved(wave.edge, job * back.m * back.m * p.lanes))


@inline
def kind_of(value: Int, size: Int, kinds: Int) -> Int:
    """Which filters' values are multiplied with one of size × size: beyond the last kind, those of that kind too."""
    return min(value // size, kinds - 1) * kinds + min(value % size, kinds - 1)


@inline
def load_ahead(w: Floats, size: Int, part: Int, parts: Int) -> None:
    """Ask for one of ``parts`` of ``size`` floats."""
    share = size // parts + 1
    for i in range(part * share, min((part + 1) * share, size), 16):
        ahead(moved(w, i))


@inline
def row_back(back: Back, p: Values, wave: Wave, y: Blocks, z: Blocks, pairs: Blocks, finish: Finish, block: Int, r: Int,
             tile: Floats) -> None:  # fmt: skip
    """Row r of a wave's tiles of one block: m rows of the output; ``tile`` is room for one."""
    m, top = back.m, (wave.top + r) * back.m
    height = min(m, y.height - top)
    inner = y.width // m if height == m else 0
    ys, ps = row(y, block, top), moved(p.base, block * p.block + r * wave.across * p.lanes)
    bias = moved(back.bias, block * p.lanes)
    if inner > 0:
        call_tiles(back.kernel, inner, ys, y.row, ps, p.step, bias, finish.slope)
    for i in range(inner, wave.across):
        call_tiles(back.kernel, 1, tile, m * p.lanes, moved(ps, i * p.lanes), p.step, bias, finish.slope)
        call_inside(back.inside, tile, m, moved(ys, i * m * p.lanes), y.row, height, min(m, y.width - i * m), p.lanes)
    for i in range(top, top + height):
        finish_row(finish, row(y, block, i), row(z, block, i), row(pairs, block, i), y.width, p.lanes)
