"""Which tiles there are, and how long each is expected to take where that has not been measured."""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping
from typing import TypeAlias

from ..codegen.convolution_tile import RowKernel
from ..native.host import host

__all__ = ["Tile", "Times", "corrected", "expected", "fastest_first", "registers", "tiles"]

Tile: TypeAlias = tuple[int, int]  # blocks, pixels
Times: TypeAlias = Mapping[Tile, tuple[float, ...]]  # of a tile that sums over so many taps, for several numbers of them

NEARLY = math.log(1.15)  # the distance of tiles that are nearly the same

# In products with their sums: the arithmetic units of nearly all processors take two vectors of them a cycle
LATENCY = 8       # of a sum, four cycles; a tile's sums must hide it
LOOP = 1          # of a tap: counting, and the branch
LOAD = 0.25       # of a pixel that is spread, beside fused products or as their operand
LOAD_BESIDE = 0.5  # the same beside separate products and sums, which leave fewer units free
WEIGHTS = 1.5     # loads that one of weights is like, which come from further away
OUTPUT = 3        # of a sum: bias, slope, store
TILE = 20         # begin and end of a tile


def registers(lanes: int) -> int:
    """Vectors of ``lanes`` floats that the host can hold."""
    processor = host()
    return max(processor.registers * processor.lanes // max(lanes, processor.lanes), 4)


@functools.cache
def tiles(kernel: RowKernel, most: int) -> tuple[Tile, ...]:
    """All that fit ``most`` registers: the sums, the weights or the pixels, one of the others, and a rounded product."""
    spare = 1 if kernel.fma else 2
    return tuple((b, p) for b in range(1, most) for p in range(1, most) if b * p + min(b, p) + spare <= most)


def expected(kernel: RowKernel, taps: int) -> float:
    """Of one tile of the kernel, in products: a guess that suits all processors."""
    work = kernel.blocks * kernel.pixels
    loads = WEIGHTS * kernel.blocks + kernel.pixels
    load = LOAD if kernel.fma or kernel.reads_pixels else LOAD_BESIDE
    return taps * (max(work, LATENCY) + load * loads + LOOP) + OUTPUT * work + TILE


def fastest_first(guess: Times) -> list[Tile]:
    """Tiles in the order of what a product takes with the most taps; of those that are nearly the same only one."""
    chosen: list[Tile] = []
    for tile in sorted(guess, key=lambda tile: guess[tile][-1] / math.prod(tile)):
        if all(_distance(tile, other) > NEARLY for other in chosen):
            chosen.append(tile)
    return chosen


def corrected(guess: Times, measured: Times) -> dict[Tile, tuple[float, ...]]:
    """What was measured; of the other tiles the estimate, as wrong as it is for the most similar one that was."""
    found = {}
    for tile, own in guess.items():
        near = min(measured, key=lambda other: _distance(tile, other))
        found[tile] = tuple(e * m / g for e, m, g in zip(own, measured[near], guess[near], strict=True))
    return found


def _distance(tile: Tile, other: Tile) -> float:
    return sum(abs(math.log(a / b)) for a, b in zip(tile, other, strict=True))
