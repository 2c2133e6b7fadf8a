"""The tile's choice: how rows and channels of an output are covered by tiles, and weights in the tiles' order.

A tile is ``blocks`` of output channels × ``pixels`` of a row: so many vectors of sums in registers.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from ..codegen.convolution_tile import RowKernel
from ..kernels import convolution
from ..tune.times import TileTimes, at, times_of

__all__ = ["Segment", "Tiling", "alike", "cover", "pack_bias", "pack_weights", "segments", "split", "tiles_of"]


@dataclass(frozen=True)
class Tiling:
    """How one row of the output is covered: ``wide`` tiles of ``pixels + 1``, then ``narrow`` of ``pixels``."""

    blocks: int
    pixels: int
    wide: int
    narrow: int

    def over(self, width: int) -> Tiling:
        """The same tiles, or smaller ones, over rows of another width."""
        return Tiling(self.blocks, *split(width, self.pixels + (self.wide > 0)))


def split(width: int, pixels: int) -> tuple[int, int, int]:
    """(pixels, wide, narrow): the width in tiles of nearly equal size, none above ``pixels``."""
    tiles = -(-width // pixels)
    narrow_pixels, wide = divmod(width, tiles)
    return narrow_pixels, wide, tiles - wide


class Segment(NamedTuple):
    """Groups of output blocks with the same tiling, from block ``first`` on."""

    tiling: Tiling
    first: int
    groups: int


def segments(width: int, blocks: int, taps: int, kernel: RowKernel) -> list[Segment]:
    """What together covers rows of ``width`` pixels and ``blocks`` output blocks, each a sum over ``taps``, in the least
    time that is expected of the kernel's tiles.
    """
    found: list[Segment] = []
    first = 0
    for tiling, groups in cover(width, blocks, taps, times_of(kernel))[1]:
        found.append(Segment(tiling, first, groups))
        first += groups * tiling.blocks
    return found


def alike(width: int, blocks: int, taps: int, kernel: RowKernel) -> Tiling:
    """What covers them in the least time with one tiling, the last group of which may not be full."""
    ways = _rows(width, blocks, taps, times_of(kernel))
    return min(ways, key=lambda way: -(-blocks // way[0].blocks) * way[1])[0]


@functools.cache
def cover(width: int, blocks: int, taps: int, times: TileTimes) -> tuple[float, tuple[tuple[Tiling, int], ...]]:
    """The least time for a row, and (tiling, groups) of its segments."""
    if not blocks:
        return 0.0, ()
    found = []
    for tiling, row in _rows(width, blocks, taps, times):
        rest, others = cover(width, blocks % tiling.blocks, taps, times)
        groups = blocks // tiling.blocks
        found.append((groups * row + rest, ((tiling, groups), *others)))
    return min(found, key=lambda way: way[0])


def _rows(width: int, blocks: int, taps: int, times: TileTimes) -> Iterator[tuple[Tiling, float]]:
    """Tilings of no more than ``blocks``, and how long they take for a row."""
    of = at(times, taps)
    for b, p in of:
        if b <= blocks:
            tiling = Tiling(b, *split(width, p))
            wide = tiling.wide and tiling.wide * of[b, tiling.pixels + 1]
            yield tiling, wide + tiling.narrow * of[b, tiling.pixels]


def pack_weights(weights: np.ndarray, blocks: int, lanes: int) -> np.ndarray:
    """(n, c, kh, kw) → (groups, c, kh, kw, blocks · lanes), the channels beyond n zero."""
    n, wide = weights.shape[0], blocks * lanes
    groups = -(-n // wide)
    padded = np.zeros((groups * wide, *weights.shape[1:]), np.float32)
    padded.view(np.uint32)[:n] = weights.view(np.uint32)
    return np.ascontiguousarray(padded.reshape(groups, wide, *weights.shape[1:]).transpose(0, 2, 3, 4, 1))


def pack_bias(bias: np.ndarray, multiple: int) -> np.ndarray:
    """(n,) → (n rounded up to ``multiple``,), zero beyond n."""
    padded = np.zeros(-(-len(bias) // multiple) * multiple, np.float32)
    padded[: len(bias)] = bias
    return padded


def tiles_of(tiling: Tiling, kernel: RowKernel) -> convolution.Tiles:
    """The kernels for wide and narrow tiles (0 where none is needed)."""
    wide = kernel.with_tile(tiling.blocks, tiling.pixels + 1).address() if tiling.wide else 0
    narrow = kernel.with_tile(tiling.blocks, tiling.pixels).address() if tiling.narrow else 0
    return convolution.Tiles(wide, tiling.wide, tiling.pixels + 1, narrow, tiling.narrow, tiling.blocks)
