"""How a 3×3 convolution is computed by Winograd's method: which tiles, waves of them, and the steps."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...shapes import Shape
from ..codegen.convolution_tile import RowKernel
from ..codegen.winograd_tile import Tile, TileKernel
from ..kernels import convolution, winograd
from ..memory import spread
from ..native.executor import JOBS_PER_THREAD
from ..options import ELEMENT, Numerics
from ..steps import Builder
from .tiling import Tiling, pack_bias, segments, tiles_of
from .window import Part, Window

__all__ = ["choose", "lower", "transform_weights"]

WAVE = 4 << 20  # bytes of transformed input and products; more would not stay in the caches
TRANSFORM = 10  # cycles to transform a value of a block, forward or back
STREAM = 6  # bytes of weights a cycle
TILES = {(1, 1): [Tile(2), Tile(4)], (2, 2): [Tile(4, stride=2)]}  # by the convolution's stride


@dataclass(frozen=True)
class _Segment:
    """Groups of output blocks with the same tiling: their weights (kinds · kinds, groups, c, blocks · lanes)."""

    tiling: Tiling
    first: int
    groups: int
    weights: np.ndarray


def choose(window: Window, b: Builder, part: Part) -> Tile | None:
    """The tile that is expected to take the least time, None for a direct convolution; whatever the threads, so that
    their number changes no bit.
    """
    tiles = TILES.get(window.stride, [])
    fits = part.weights.shape[2:] == (3, 3) and window.dilation == window.halo == 1 and part.x.lanes == part.y.lanes
    if b.options.numerics not in (Numerics.FAST, Numerics.BF16) or not fits:
        return None
    return min((None, *tiles), key=lambda tile: _cycles(part, tile))


def _cycles(part: Part, tile: Tile | None) -> float:
    """Estimated cycles of the layer on one thread."""
    (n, c), (_, h, w) = part.weights.shape[:2], part.y.shape
    if tile is None:
        cycles = h * w * 9 * c * n / (2 * part.y.lanes) + ELEMENT.itemsize * 9 * c * n / STREAM
        return cycles / 2 if part.pairs else cycles
    values = -(-h // tile.m) * -(-w // tile.m) * tile.size**2
    products = values * c * n / (2 * part.y.lanes)
    transforms = values * (part.x.blocks + part.y.blocks) * TRANSFORM
    return products + transforms + ELEMENT.itemsize * len(tile.filters) ** 2 * c * n / STREAM


def lower(b: Builder, part: Part, tile: Tile, finish: convolution.Finish) -> None:
    """Append the steps."""
    lanes, m, size = part.y.lanes, tile.m, tile.size
    across, down = -(-part.y.shape.w // m), -(-part.y.shape.h // m)
    values = ELEMENT.itemsize * size**2  # bytes of a transformed tile
    wave = max(WAVE, values * part.weights[:, :, 0, 0].size)  # for every wave, all weights go by
    rows = _wave_rows(down, wave // (values * lanes * (part.x.blocks + part.y.blocks) * across))
    u = _values(b, part.x.blocks, rows * across, size)
    p = _values(b, part.y.blocks, rows * across, size)
    parts = _segments(b, part, rows * across, tile)
    bias = pack_bias(part.biases, lanes)
    edge = b.scratch(Shape(1, rows * max(part.x.blocks, part.y.blocks), size**2 * lanes))
    for top in range(0, down, rows):
        here = winograd.Wave(top, min(rows, down - top), across, edge)
        b.step(winograd.forward, part.x.blocks * here.rows, tile_kernel=TileKernel(lanes, tile, True).address(),
               cut=winograd.cut_tile.address(), x=part.x.shifted(-1, -1), step=m * tile.stride, size=size, wave=here,
               u=u)  # fmt: skip
        for segment in parts:
            _multiply(b, segment, tile, u, p, here.rows * across)
        b.step(winograd.back, part.y.blocks * here.rows, tile_kernel=TileKernel(lanes, tile, False).address(),
               inside=winograd.copy_inside.address(), p=p, bias=bias, m=m, wave=here, y=part.y, z=part.z or part.y,
               pairs=part.rounded or part.y, finish=finish)  # fmt: skip


def _wave_rows(down: int, most: int) -> int:
    """Rows of tiles in a wave, shared evenly among the waves."""
    waves = -(-down // max(1, most))
    return -(-down // waves)


def _values(b: Builder, blocks: int, tiles: int, size: int) -> winograd.Values:
    """Room for a wave."""
    block = tiles * b.options.lanes
    step = spread(blocks * block)
    return winograd.Values(b.scratch(Shape(1, size**2, step)), step, block, b.options.lanes)


def _segments(b: Builder, part: Part, tiles: int, tile: Tile) -> list[_Segment]:
    lanes, found = part.y.lanes, []
    for tiling, first, groups in segments(tiles, part.y.blocks, _row_kernel(b, part.weights.shape[1])):
        channels = slice(first * lanes, (first + groups * tiling.blocks) * lanes)
        weights = transform_weights(part.weights[channels], tile, tiling.blocks, lanes)
        found.append(_Segment(tiling, first, groups, weights))
    return found


def _multiply(b: Builder, segment: _Segment, tile: Tile, u: winograd.Values, p: winograd.Values, tiles: int) -> None:
    """The products of one segment for all values of ``tiles`` tiles."""
    _, groups, channels, wide = segment.weights.shape
    tiling, values = segment.tiling.over(tiles), tile.size**2
    chunks = min(groups, max(1, -(-b.options.threads * JOBS_PER_THREAD // values)))
    chunk = -(-groups // chunks)
    out = p._replace(base=p.base.shifted(0, segment.first * p.block))
    b.step(winograd.multiply, values * -(-groups // chunk), tiles=tiles_of(tiling, _row_kernel(b, channels)),
           channels=channels, u=u, size=tile.size, kinds=len(tile.filters), w=segment.weights,
           bias=np.zeros(wide, np.float32), groups=groups, chunk=chunk, p=out)  # fmt: skip


def _row_kernel(b: Builder, channels: int) -> RowKernel:
    """What multiplies one value of all tiles: a 1 x 1 convolution."""
    lanes = b.options.lanes
    return RowKernel(lanes, taps=False, fma=b.options.fma, fills_blocks=channels % lanes == 0, embedded=b.options.embedded)


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
