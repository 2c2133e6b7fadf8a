"""The filters of Winograd's convolution: transformed once and kept, at 4 times their size, or anew in each run."""

from __future__ import annotations

import ctypes
from dataclasses import dataclass, replace

import numpy as np

from ...shapes import Shape
from ..codegen.convolution_tile import RowKernel
from ..codegen.winograd_filter import ARGUMENTS, FilterKernel
from ..codegen.winograd_tile import Tile
from ..kernels import winograd
from ..memory import spread
from ..native.executor import JOBS_PER_THREAD
from ..native.host import host
from ..options import ELEMENT
from ..steps import Argument, Builder
from .tiling import Tiling, alike, pack_weights, segments, tiles_of
from .window import Part

__all__ = ["filters_of", "keeps", "transformed"]

FEW = 40  # tiles of a wave; with more, the sums of a group do not stay in the cache from chunk to chunk
SMALL = 4 << 20  # bytes of transformed filters
SHARE = 0.3  # of the second-level cache, for a chunk's values; what they are multiplied with goes by, and sums stay


def filters_of(b: Builder, part: Part, tile: Tile, tiles: int) -> Kept | Fresh:
    """Those of a layer whose waves have so many tiles.  Kept or fresh, the bits are the same."""
    channels = part.weights.shape[1]
    kernel = _row_kernel(b, channels)
    tiling = alike(tiles, part.y.blocks, channels, kernel)
    if keeps(part, tile, tiles, part.y.blocks // tiling.blocks, b.options.threads):
        return Kept.of(part, tile, tiles, kernel)
    return Fresh.of(part, tile, tiling, kernel)


def keeps(part: Part, tile: Tile, tiles: int, groups: int, threads: int) -> bool:
    """Whether transformed filters stay in memory: where that is little, where fresh ones would cost time, and where there
    are not two groups for each thread.
    """
    size = ELEMENT.itemsize * len(tile.filters) ** 2 * part.weights[:, :, 0, 0].size
    return size <= SMALL or tiles > FEW or groups < 2 * threads


@dataclass(frozen=True)
class Kept:
    """Segments of groups with the same tiling: (tiling, first block, values (kinds · kinds, groups, c, blocks · lanes)).

    ``blocks``: of the output.
    """

    tile: Tile
    kernel: RowKernel
    blocks: int
    segments: list[tuple[Tiling, int, np.ndarray]]

    @classmethod
    def of(cls, part: Part, tile: Tile, tiles: int, kernel: RowKernel) -> Kept:
        """Of a layer's weights, transformed now."""
        found = []
        for tiling, first, groups in segments(tiles, part.y.blocks, part.weights.shape[1], kernel):
            channels = slice(first * kernel.lanes, (first + groups * tiling.blocks) * kernel.lanes)
            found.append((tiling, first, transformed(part.weights[channels], tile, tiling.blocks, kernel.lanes)))
        return cls(tile, kernel, part.y.blocks, found)

    def steps(self, b: Builder, u: winograd.Values, p: winograd.Values, wave: winograd.Wave, **output: Argument) -> None:
        """Append those of a wave: products, then the way back to the output."""
        for tiling, first, values in self.segments:
            self._multiply(b, u, p, tiling.over(wave.rows * wave.across), first, values)
        b.step(winograd.back, self.blocks * wave.rows, p=p, wave=wave, **output)

    def _multiply(self, b: Builder, u: winograd.Values, p: winograd.Values, tiling: Tiling, first: int,
                  values: np.ndarray) -> None:  # fmt: skip
        """Append the products of a segment."""
        _, groups, channels, wide = values.shape
        each = self.tile.size**2
        chunks = min(groups, max(1, -(-b.options.threads * JOBS_PER_THREAD // each)))
        chunk = -(-groups // chunks)
        out = p._replace(base=p.base.shifted(0, first * p.block))
        b.step(winograd.multiply, each * -(-groups // chunk), tiles=tiles_of(tiling, self.kernel), channels=channels, u=u,
               size=self.tile.size, kinds=len(self.tile.filters), w=values, bias=np.zeros(wide, ELEMENT), groups=groups,
               chunk=chunk, p=out)  # fmt: skip


@dataclass(frozen=True)
class Fresh:
    """Groups with the same tiling; their weights (groups, c, 3, 3, blocks · lanes) are transformed in each run."""

    tile: Tile
    kernel: RowKernel
    tiling: Tiling
    weights: np.ndarray

    @classmethod
    def of(cls, part: Part, tile: Tile, tiling: Tiling, kernel: RowKernel) -> Fresh:
        """Of a layer's weights, packed."""
        return cls(tile, kernel, tiling, pack_weights(part.weights, tiling.blocks, kernel.lanes))

    @property
    def blocks(self) -> int:
        """Of all groups, of which the last may not be full."""
        return len(self.weights) * self.tiling.blocks

    def steps(self, b: Builder, u: winograd.Values, p: winograd.Values, wave: winograd.Wave, **output: Argument) -> None:
        """Append the one of a wave, which does all."""
        tiling = self.tiling.over(wave.rows * wave.across)
        tiles, adding = (tiles_of(tiling, replace(self.kernel, adds=adds)) for adds in (False, True))
        b.step(winograd.multiply_fresh, len(self.weights), tiles=tiles, adding=adding, filters=self._filters(b), u=u, p=p,
               wave=wave, **output)  # fmt: skip

    def _filters(self, b: Builder) -> winograd.Filters:
        groups, c, _, _, wide = self.weights.shape
        kinds, lanes = len(self.tile.filters), self.kernel.lanes
        chunk = _chunk(c, lanes, ELEMENT.itemsize * kinds**2 * wide)
        step = spread(chunk * wide)
        room = spread(kinds**2 * step)
        return winograd.Filters(self.weights, c, chunk, FilterKernel(lanes, self.tile).address(), self.tile.size, kinds,
                                b.scratch(Shape(1, groups, room)), step, room, np.zeros(wide, ELEMENT))  # fmt: skip


def _row_kernel(b: Builder, channels: int) -> RowKernel:
    """What multiplies one value of all tiles: a 1 x 1 convolution."""
    lanes = b.options.lanes
    return RowKernel(lanes, taps=False, fma=b.options.fma, fills_blocks=channels % lanes == 0, embedded=b.options.embedded)


def _chunk(channels: int, lanes: int, channel_bytes: int) -> int:
    """Channels that are transformed at a time, whole blocks of them; shared evenly."""
    most = max(1, int(SHARE * host().level2) // (channel_bytes * lanes))
    blocks = -(-channels // lanes)
    return -(-blocks // -(-blocks // most)) * lanes


def transformed(weights: np.ndarray, tile: Tile, blocks: int, lanes: int) -> np.ndarray:
    """(n, c, 3, 3) → (kinds · kinds, groups, c, blocks · lanes), the channels beyond n zero."""
    packed = pack_weights(weights, blocks, lanes)
    groups, c, _, _, wide = packed.shape
    values = np.empty((len(tile.filters) ** 2, groups, c, wide), ELEMENT)
    kernel = ctypes.CFUNCTYPE(None, *[ctypes.c_int64] * len(ARGUMENTS))(FilterKernel(lanes, tile).address())
    for group, w in enumerate(packed):
        kernel(c, blocks, w.ctypes.data, values[0, group].ctypes.data, groups * c * wide)
    return values
