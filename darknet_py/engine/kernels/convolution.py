"""Convolution over whole layers: which tile, weights in the tile's order, and the loop over rows.

Strides are in floats.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np

from ..codegen.convolution_tile import RowKernel, call_row
from ..codegen.jit import Blocks, Call, Floats, Int, Real, function, inline, kernel, moved
from ..native.host import host
from .activations import call_activation

__all__ = [
    "Tiling", "add_row", "choose_tiling", "convolve", "finish_row", "host_registers", "leaky_tail", "leaky_tail_size",
    "pack_bias", "pack_weights", "row_kernels", "row_of_tiles", "segments",
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


@inline
def finish_row(activation: Int, add: Int, y: Floats, z: Floats, n: Int) -> None:
    """``activation``: address of a function over a row, or 0.  ``add``: address of ``add_row`` to add z after it, or 0."""
    if activation != 0:
        call_activation(activation, y, n)
    if add != 0:
        call_add(add, y, z, n)


@inline
def row_of_tiles(wide_kernel: Int, wide: Int, wide_pixels: Int, narrow_kernel: Int, narrow: Int, x: Floats, x_pixel: Int,
                 x_block: Int, x_row: Int, x_tap: Int, channels: Int, height: Int, width: Int, w: Floats, bias: Floats,
                 y: Floats, y_pixel: Int, y_block: Int, slope: Real) -> None:  # fmt: skip
    """One row of the output for one group of blocks: wide tiles, then narrow ones."""
    if wide > 0:
        call_row(wide_kernel, wide, x, x_block, x_row, x_tap, channels, height, width, w, bias, y, y_block, slope)
    if narrow > 0:
        done = wide * wide_pixels
        call_row(narrow_kernel, narrow, moved(x, done * x_pixel), x_block, x_row, x_tap, channels, height, width, w, bias,
                 moved(y, done * y_pixel), y_block, slope)  # fmt: skip


@kernel
def convolve(wide_kernel: Int, wide: Int, wide_pixels: Int, narrow_kernel: Int, narrow: Int, x: Blocks, x_tap: Int,
             x_group: Int, stride_y: Int, stride_x: Int, dilation: Int, channels: Int, height: Int, width: Int, w: Floats,
             w_group: Int, bias: Floats, groups: Int, chunk: Int, blocks: Int, lanes: Int, y: Blocks, out_h: Int, out_w: Int,
             rows: Int, strips: Int, slope: Real, activation: Int, z: Blocks, add: Int, job: Int) -> None:  # fmt: skip
    """``rows`` rows of ``chunk`` groups of output blocks.   C: convolutional_layer.c forward_convolutional_layer

    x points at the first tap of the first output pixel; ``x_group`` is its step from group to group (0 unless depthwise).
    """
    first = (job // strips) * chunk
    top = (job % strips) * rows
    for r in range(top, min(top + rows, out_h)):
        for group in range(first, min(first + chunk, groups)):
            xr = moved(x.base, group * x_group + r * stride_y * x.row)
            yr = moved(y.base, group * blocks * y.block + r * y.row)
            row_of_tiles(wide_kernel, wide, wide_pixels, narrow_kernel, narrow, xr, stride_x * x_tap, x.block,
                         x.row * dilation, x_tap * dilation, channels, height, width, moved(w, group * w_group),
                         moved(bias, group * blocks * lanes), yr, lanes, y.block, slope)  # fmt: skip
            for o in range(blocks):
                zr = moved(z.base, (group * blocks + o) * z.block + r * z.row)
                finish_row(activation, add, moved(yr, o * y.block), zr, out_w * lanes)


@kernel
def leaky_tail(x: Blocks, x_lanes: Int, x_group: Int, stride_y: Int, stride_x: Int,
               dilation: Int, channels: Int, height: Int, width: Int, w: Floats, w_lanes: Int, bias: Floats,
               y: Blocks, lanes: Int, first: Int, last: Int, filters: Int,
               out_h: Int, out_w: Int, count: Int, z: Blocks, add: Int,
               job: Int) -> None:  # fmt: skip
    """The last ``count`` outputs of a leaky layer once more, their negative values scaled in double precision.

    The reference's vector loop leaves the last 1 to 8 elements to a scalar loop, whose 0.1 is a double: the last bit may
    differ.  x, w, y and z (if ``add``) are those of the output channels ``first`` … ``last`` - 1.

    C: gemm.c activate_array_cpu_custom
    """
    for i in range(filters * out_h * out_w - count, filters * out_h * out_w):
        n = i // (out_h * out_w)
        r = (i - n * out_h * out_w) // out_w
        col = i - (n * out_h + r) * out_w
        m = n - first
        if n < first or n >= last:
            continue
        at = r * stride_y * x.row + col * stride_x * x_lanes + (m // w_lanes) * x_group
        if x_group != 0:
            at += m % w_lanes
        tap = (m // w_lanes) * channels * height * width * w_lanes + m % w_lanes
        total = np.float32(0)
        for c in range(channels):
            for ky in range(height):
                for kx in range(width):
                    v = x.base[at + (c // x_lanes) * x.block + c % x_lanes + (ky * x.row + kx * x_lanes) * dilation]
                    total += v * w[tap]
                    tap += w_lanes
        total += bias[m]
        if not total > 0:
            value = np.float32(0.1 * total)
            if add != 0:
                value += z.base[(m // lanes) * z.block + r * z.row + col * lanes + m % lanes]
            y.base[(m // lanes) * y.block + r * y.row + col * lanes + m % lanes] = value


def leaky_tail_size(size: int) -> int:
    """How many of the ``size`` elements of a leaky layer the reference's vector loop leaves to the scalar one."""
    return min(size, (size - 1) % 8 + 1)


@functools.cache
def row_kernels(tiling: Tiling, kernel: RowKernel) -> tuple[int, int]:
    """Addresses of the kernels for wide and narrow tiles (0 where none is needed)."""
    wide = kernel.with_pixels(tiling.pixels + 1).address() if tiling.wide else 0
    narrow = kernel.with_pixels(tiling.pixels).address() if tiling.narrow else 0
    return wide, narrow


def host_registers(lanes: int) -> int:
    """Vectors of ``lanes`` floats that the host can hold."""
    processor = host()
    return max(processor.registers * processor.lanes // max(lanes, processor.lanes), 4)
