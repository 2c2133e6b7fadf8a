"""Convolution over whole layers: which tile, weights in the tile's order, and the loop over rows.

Strides are in floats.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from ..codegen.convolution_tile import RowKernel, call_row
from ..codegen.jit import Blocks, Call, Floats, Int, Real, function, inline, kernel, moved, row
from ..native.host import host
from .activations import call_activation

__all__ = [
    "Finish", "Share", "Source", "Taps", "Tiles", "Tiling", "add_row", "choose_tiling", "convolve", "finish_row",
    "host_registers", "pack_bias", "pack_weights", "row_of_tiles", "segments", "tiles_of",
]  # fmt: skip

ADD_LATENCY = 4  # cycles; a tile's sums must hide it
DISPATCH = 6  # instructions a cycle
MOST_BLOCKS = 4  # of a tile; with more, few pixels are left and it is slower than its estimate


@dataclass(frozen=True)
class Tiling:
    """How one row of the output is covered: ``wide`` tiles of ``pixels + 1``, then ``narrow`` of ``pixels``."""

    blocks: int
    pixels: int
    wide: int
    narrow: int

    def over(self, width: int) -> Tiling:
        """The same tiles, or smaller ones, over rows of another width."""
        return Tiling(self.blocks, *_split(width, self.pixels + (self.wide > 0)))


@functools.cache
def _tap_cost(blocks: int, pixels: int, fma: bool, depthwise: bool) -> float:
    """Estimated cycles of one tap of one tile, as measured: loads beside fused arithmetic are not free."""
    work, loads = blocks * pixels, blocks + pixels
    if fma:
        return max(float(np.cbrt((work / 2) ** 3 + (loads / 1.4) ** 3)), ADD_LATENCY)
    instructions = 2 * work + (0 if depthwise else loads) + 3
    return max(work / 2, loads / 2, instructions / DISPATCH, ADD_LATENCY)


def _split(width: int, pixels: int) -> tuple[int, int, int]:
    """(pixels, wide, narrow): the width in tiles of nearly equal size, none above ``pixels``."""
    tiles = -(-width // pixels)
    narrow_pixels, wide = divmod(width, tiles)
    return narrow_pixels, wide, tiles - wide


@functools.cache
def choose_tiling(width: int, blocks: int, fma: bool, depthwise: bool, registers: int) -> Tiling:
    """The tile that is expected to take the least time for rows of ``width`` pixels and ``blocks`` output blocks.

    A tile's sums, its weights or its pixels, one of the others and (exact) a product must fit the registers.
    """
    best: tuple[float, Tiling] | None = None
    for b in range(1, 2 if depthwise else min(blocks, MOST_BLOCKS) + 1):
        for p in range(1, registers):
            if b * p + min(b, p) + (1 if fma else 2) > registers:
                break
            pixels, wide, narrow = _split(width, p)
            row = wide * _tap_cost(b, pixels + 1, fma, depthwise) + narrow * _tap_cost(b, pixels, fma, depthwise)
            cost = row * (blocks // b + 1.2 * (blocks % b) / b)
            if best is None or cost < best[0]:
                best = cost, Tiling(b, pixels, wide, narrow)
    assert best is not None
    return best[1]


def segments(width: int, blocks: int, fma: bool, depthwise: bool, lanes: int) -> list[tuple[Tiling, int, int]]:
    """(tiling, first block, groups) of the parts with equal tiles that together cover the output's blocks."""
    found, first = [], 0
    while first < blocks:
        tiling = choose_tiling(width, blocks - first, fma, depthwise, host_registers(lanes))
        groups = (blocks - first) // tiling.blocks
        found.append((tiling, first, groups))
        first += groups * tiling.blocks
    return found


def pack_weights(weights: np.ndarray, blocks: int, lanes: int) -> np.ndarray:
    """(n, c, kh, kw) → (groups, c, kh, kw, blocks · lanes), the channels beyond n zero."""
    n, wide = weights.shape[0], blocks * lanes
    groups = -(-n // wide)
    padded = np.zeros((groups * wide, *weights.shape[1:]), np.float32)
    padded[:n] = weights
    return np.ascontiguousarray(padded.reshape(groups, wide, *weights.shape[1:]).transpose(0, 2, 3, 4, 1))


def pack_bias(bias: np.ndarray, multiple: int) -> np.ndarray:
    """(n,) → (n rounded up to ``multiple``,), zero beyond n."""
    padded = np.zeros(-(-len(bias) // multiple) * multiple, np.float32)
    padded[: len(bias)] = bias
    return padded


@function
def add_row(y: Floats, z: Floats, n: Int) -> None:
    """y += z over n floats."""
    for i in range(n):
        y[i] += z[i]


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
    """What is done to sums: v, or slope · v below 0; the function over a row at address ``activation``, and ``add_row`` at
    ``add``, if those are not 0."""

    slope: Real
    activation: Int
    add: Int


class Share(NamedTuple):
    """What a job does: ``rows`` rows, of which ``strips`` jobs do all, of ``chunk`` of all ``groups`` of output blocks."""

    groups: Int
    chunk: Int
    rows: Int
    strips: Int


@inline
def finish_row(finish: Finish, y: Floats, z: Floats, n: Int) -> None:
    """Activation, then the sum with z, over n floats."""
    if finish.activation != 0:
        call_activation(finish.activation, y, n)
    if finish.add != 0:
        call_add(finish.add, y, z, n)


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
def convolve(tiles: Tiles, taps: Taps, x: Blocks, x_group: Int, w: Floats, bias: Floats, y: Blocks, z: Blocks,
             finish: Finish, share: Share, job: Int) -> None:  # fmt: skip
    """``rows`` rows of ``chunk`` groups of output blocks.   C: convolutional_layer.c forward_convolutional_layer

    x points at the first tap of the first output pixel; ``x_group`` is its step from group to group (0 unless depthwise).
    """
    first, top = job // share.strips * share.chunk, job % share.strips * share.rows
    wide = tiles.blocks * y.lanes
    weights = taps.channels * taps.height * taps.width * wide
    for r in range(top, min(top + share.rows, y.height)):
        for group in range(first, min(first + share.chunk, share.groups)):
            xs = Source(moved(row(x, 0, r * taps.stride_y), group * x_group), taps.stride_x * x.lanes, x.block,
                        x.row * taps.dilation, x.lanes * taps.dilation)  # fmt: skip
            row_of_tiles(tiles, xs, taps, moved(w, group * weights), moved(bias, group * wide),
                         row(y, group * tiles.blocks, r), y.lanes, y.block, finish.slope)  # fmt: skip
            for block in range(group * tiles.blocks, (group + 1) * tiles.blocks):
                finish_row(finish, row(y, block, r), row(z, block, r), y.width * y.lanes)


def tiles_of(tiling: Tiling, kernel: RowKernel) -> Tiles:
    """The kernels for wide and narrow tiles (0 where none is needed)."""
    wide = kernel.with_pixels(tiling.pixels + 1).address() if tiling.wide else 0
    narrow = kernel.with_pixels(tiling.pixels).address() if tiling.narrow else 0
    return Tiles(wide, tiling.wide, tiling.pixels + 1, narrow, tiling.narrow, tiling.blocks)


def host_registers(lanes: int) -> int:
    """Vectors of ``lanes`` floats that the host can hold."""
    processor = host()
    return max(processor.registers * processor.lanes // max(lanes, processor.lanes), 4)
