"""How a 3×3 convolution is computed by Winograd's method: which tiles, waves of them, and the steps."""

from __future__ import annotations

from ...shapes import Shape
from ..codegen.winograd_tile import Tile, TileKernel
from ..kernels import convolution, winograd
from ..memory import spread
from ..options import ELEMENT, Numerics
from ..steps import Builder
from .tiling import pack_bias
from .window import Part, Window
from .winograd_filters import filters_of

__all__ = ["choose", "lower"]

WAVE = 4 << 20  # bytes of transformed input and products; more would not stay in the caches
TRANSFORM = 10  # cycles to transform a value of a block, forward or back
STREAM = 6  # bytes of weights a cycle
TILES = {(1, 1): [Tile(2), Tile(4)], (2, 2): [Tile(4, stride=2)]}  # by the convolution's stride


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
    lanes, m = part.y.lanes, tile.m
    across, down = -(-part.y.shape.w // m), -(-part.y.shape.h // m)
    rows = _wave_rows(part, tile, down, across)
    filters = filters_of(b, part, tile, rows * across)
    u, p = _values(b, part.x.blocks, rows * across, tile), _values(b, filters.blocks, rows * across, tile)
    edge = b.scratch(Shape(1, rows * max(part.x.blocks, part.y.blocks), tile.size**2 * lanes))
    back = winograd.Back(TileKernel(lanes, tile, False).address(), winograd.copy_inside.address(),
                         pack_bias(part.biases, lanes), m)  # fmt: skip
    for top in range(0, down, rows):
        here = winograd.Wave(top, min(rows, down - top), across, edge)
        b.step(winograd.forward, part.x.blocks * here.rows, tile_kernel=TileKernel(lanes, tile, True).address(),
               cut=winograd.cut_tile.address(), x=part.x.shifted(-1, -1), step=m * tile.stride, size=tile.size, wave=here,
               u=u)  # fmt: skip
        filters.steps(b, u, p, here, back=back, y=part.y, z=part.z or part.y, pairs=part.rounded or part.y, finish=finish)


def _wave_rows(part: Part, tile: Tile, down: int, across: int) -> int:
    """Rows of tiles in a wave, shared evenly among the waves."""
    values = ELEMENT.itemsize * tile.size**2  # bytes of a transformed tile
    wave = max(WAVE, values * part.weights[:, :, 0, 0].size)  # for every wave, all weights go by
    most = wave // (values * part.y.lanes * (part.x.blocks + part.y.blocks) * across)
    waves = -(-down // max(1, most))
    return -(-down // waves)


def _values(b: Builder, blocks: int, tiles: int, tile: Tile) -> winograd.Values:
    """Room for a wave."""
    block = tiles * b.options.lanes
    step = spread(blocks * block)
    return winograd.Values(b.scratch(Shape(1, tile.size**2, step)), step, block, b.options.lanes)
