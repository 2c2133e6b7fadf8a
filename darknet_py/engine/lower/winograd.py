"""How a 3×3 convolution is computed by Winograd's method: which tiles, waves of them, and the steps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ...shapes import Shape
from ..codegen.convolution_tile import RowKernel
from ..codegen.winograd_tile import Tile, TileKernel
from ..kernels import convolution, winograd
from ..memory import spread
from ..native.executor import JOBS_PER_THREAD
from ..options import Numerics
from ..steps import Argument, Builder
from .window import Part, Window

__all__ = ["choose", "lower"]

WAVE = 4 << 20  # bytes of transformed input and products; more would not stay in the caches
TRANSFORM = 10  # cycles to transform a value of a block, forward or back
STREAM = 6  # bytes of weights a cycle
TILES = {(1, 1): [Tile(2), Tile(4)], (2, 2): [Tile(4, stride=2)]}  # by the convolution's stride


@dataclass(frozen=True)
class _Segment:
    """Groups of output blocks with the same tiling: their weights (kinds · kinds, groups, c, blocks · lanes)."""

    tiling: convolution.Tiling
    first: int
    groups: int
    weights: np.ndarray


def choose(window: Window, b: Builder, part: Part) -> Tile | None:
    """The tile that is expected to take the least time, None for a direct convolution; whatever the threads, so that
    their number changes no bit.
    """
    tiles = TILES.get(window.stride, [])
    fits = part.weights.shape[2:] == (3, 3) and window.dilation == window.halo == 1 and part.x.lanes == part.y.lanes
    if b.options.numerics is not Numerics.FAST or not fits or part.depthwise:
        return None
    return min((None, *tiles), key=lambda tile: _cycles(part, tile))


def _cycles(part: Part, tile: Tile | None) -> float:
    """Estimated cycles of the layer on one thread."""
    (n, c), (_, h, w) = part.weights.shape[:2], part.y.shape
    if tile is None:
        return h * w * 9 * c * n / (2 * part.y.lanes) + 4 * 9 * c * n / STREAM
    values = -(-h // tile.m) * -(-w // tile.m) * tile.size**2
    products = values * c * n / (2 * part.y.lanes)
    transforms = values * (part.x.blocks + part.y.blocks) * TRANSFORM
    return products + transforms + 4 * len(tile.filters) ** 2 * c * n / STREAM


def lower(b: Builder, part: Part, tile: Tile, finish: Mapping[str, Argument]) -> None:
    """Append the steps; ``finish`` is what the epilogue takes."""
    lanes, shape, m, size = part.y.lanes, part.y.shape, tile.m, tile.size
    across, down = -(-shape.w // m), -(-shape.h // m)
    wave = max(WAVE, 4 * size**2 * part.weights[:, :, 0, 0].size)  # for every wave, all weights go by
    rows = _wave_rows(down, wave // (4 * size**2 * lanes * (part.x.blocks + part.y.blocks) * across))
    u = _values(b, part.x.blocks, rows * across, size)
    p = _values(b, part.y.blocks, rows * across, size)
    segments = _segments(b, part, rows * across, tile)
    bias = convolution.pack_bias(part.biases, lanes)
    edge = b.scratch(Shape(1, rows * max(part.x.blocks, part.y.blocks), size**2 * lanes))
    common: dict[str, Argument] = {"lanes": lanes, "across": across, "edge": edge}
    for top in range(0, down, rows):
        here = min(rows, down - top)
        b.step(winograd.forward, part.x.blocks * here, tile_kernel=TileKernel(lanes, tile, True).address(),
               cut=winograd.cut_tile.address(), x=part.x.shifted(-1, -1), height=part.x.shape.h + 2,
               width=part.x.shape.w + 2, step=m * tile.stride, size=size, top=top, rows=here, u=u,
               **common)  # fmt: skip
        for segment in segments:
            _multiply(b, segment, tile, u, p, here * across)
        b.step(winograd.back, part.y.blocks * here, tile_kernel=TileKernel(lanes, tile, False).address(),
               inside=winograd.copy_inside.address(), bias=bias, y=part.y, out_h=shape.h, out_w=shape.w, m=m, top=top,
               rows=here, p=p, **finish, **common)  # fmt: skip


def _wave_rows(down: int, most: int) -> int:
    """Rows of tiles in a wave, shared evenly among the waves."""
    waves = -(-down // max(1, most))
    return -(-down // waves)


def _values(b: Builder, blocks: int, tiles: int, size: int) -> winograd.Values:
    """Room for a wave."""
    block = tiles * b.options.lanes
    step = spread(blocks * block)
    return winograd.Values(b.scratch(Shape(1, size**2, step)), step, block)


def _segments(b: Builder, part: Part, tiles: int, tile: Tile) -> list[_Segment]:
    lanes, found = part.y.lanes, []
    for tiling, first, groups in convolution.segments(tiles, part.y.blocks, b.options.fma, False, lanes):
        channels = slice(first * lanes, (first + groups * tiling.blocks) * lanes)
        weights = winograd.transform_weights(part.weights[channels], tile, tiling.blocks, lanes)
        found.append(_Segment(tiling, first, groups, weights))
    return found


def _multiply(b: Builder, segment: _Segment, tile: Tile, u: winograd.Values, p: winograd.Values, tiles: int) -> None:
    """The products of one segment for all values of ``tiles`` tiles."""
    _, groups, channels, wide = segment.weights.shape
    tiling, lanes, values = segment.tiling.over(tiles), b.options.lanes, tile.size**2
    kernel = RowKernel(lanes, tiling.blocks, tiling.pixels, taps=False, fma=b.options.fma, whole=channels % lanes == 0)
    wide_kernel, narrow_kernel = convolution.row_kernels(tiling, kernel)
    chunks = min(groups, max(1, -(-b.options.threads * JOBS_PER_THREAD // values)))
    chunk = -(-groups // chunks)
    out = winograd.Values(p.base.shifted(0, segment.first * p.block), p.step, p.block)
    b.step(winograd.multiply, values * -(-groups // chunk), wide_kernel=wide_kernel, wide=tiling.wide,
           wide_pixels=tiling.pixels + 1, narrow_kernel=narrow_kernel, narrow=tiling.narrow, channels=channels,
           size=tile.size, kinds=len(tile.filters), w=segment.weights, w_step=groups * channels * wide,
           w_group=channels * wide, bias=np.zeros(wide, np.float32), groups=groups, chunk=chunk,
           chunks=-(-groups // chunk), blocks=tiling.blocks, lanes=lanes, u=u, p=out)  # fmt: skip
