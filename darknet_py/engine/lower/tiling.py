"""The tile's choice: how rows and channels of an output are covered by tiles, and weights in the tiles' order.

A tile is ``blocks`` of output channels × ``pixels`` of a row: so many vectors of sums in registers.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np

from ..codegen.convolution_tile import RowKernel
from ..kernels import convolution
from ..native.host import host

__all__ = ["Tiling", "choose_tiling", "host_registers", "pack_bias", "pack_weights", "segments", "split", "tiles_of"]

# Of the estimate, measured on Zen 3 (AVX2, 16 registers)
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
        return Tiling(self.blocks, *split(width, self.pixels + (self.wide > 0)))


@functools.cache
def _tap_cost(kernel: RowKernel) -> float:
    """Estimated cycles of one tap of one tile, as measured: loads beside fused arithmetic are not free."""
    work, loads = kernel.blocks * kernel.pixels, kernel.blocks + kernel.pixels
    if kernel.fma or kernel.embedded:
        return max(float(np.cbrt((work / 2) ** 3 + (loads / 1.4) ** 3)), ADD_LATENCY)
    instructions = 2 * work + loads + 3
    return max(work / 2, loads / 2, instructions / DISPATCH, ADD_LATENCY)


def split(width: int, pixels: int) -> tuple[int, int, int]:
    """(pixels, wide, narrow): the width in tiles of nearly equal size, none above ``pixels``."""
    tiles = -(-width // pixels)
    narrow_pixels, wide = divmod(width, tiles)
    return narrow_pixels, wide, tiles - wide


@functools.cache
def choose_tiling(width: int, blocks: int, kernel: RowKernel, registers: int) -> Tiling:
    """The tile that is expected to take the least time for rows of ``width`` pixels and ``blocks`` output blocks.

    A tile's sums, its weights or its pixels, one of the others and (exact) a product must fit the registers.
    """
    best: tuple[float, Tiling] | None = None
    for b in range(1, min(blocks, MOST_BLOCKS) + 1):
        for p in range(1, registers):
            if b * p + min(b, p) + (1 if kernel.fma else 2) > registers:
                break
            pixels, wide, narrow = split(width, p)
            costs = [_tap_cost(kernel.with_tile(b, pixels + more)) for more in (1, 0)]
            cost = (wide * costs[0] + narrow * costs[1]) * (blocks // b + 1.2 * (blocks % b) / b)
            if best is None or cost < best[0]:
                best = cost, Tiling(b, pixels, wide, narrow)
    assert best is not None
    return best[1]


def segments(width: int, blocks: int, kernel: RowKernel) -> list[tuple[Tiling, int, int]]:
    """(tiling, first block, groups) of the parts with equal tiles that together cover the output's blocks."""
    found, first = [], 0
    while first < blocks:
        tiling = choose_tiling(width, blocks - first, kernel, host_registers(kernel.lanes))
        groups = (blocks - first) // tiling.blocks
        found.append((tiling, first, groups))
        first += groups * tiling.blocks
    return found


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


def host_registers(lanes: int) -> int:
    """Vectors of ``lanes`` floats that the host can hold."""
    processor = host()
    return max(processor.registers * processor.lanes // max(lanes, processor.lanes), 4)
