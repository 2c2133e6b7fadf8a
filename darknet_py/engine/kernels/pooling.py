"""Windows over blocked pictures; names in capitals are constants that the plan fills in, strides are in floats."""

from __future__ import annotations

import numpy as np

from ..codegen.jit import Blocks, Floats, Int, Real, constant, inline, kernel, larger

__all__ = ["average_pool", "local_average_pool", "max_pool", "max_pool_avx", "max_pool_depth"]

LANES = constant()
LOWEST = np.float32(-3.4028235e38)  # -FLT_MAX


@inline
def largest_of_rows(x: Floats, start: Int, x_row: Int, rows: Int, y: Floats, out: Int, n: Int) -> None:
    """The largest of ``rows`` rows of n floats at x[start], element by element, to y[out]; -FLT_MAX if there are none."""
    if rows < 2:
        for i in range(n):
            y[out + i] = larger(x[start + i], LOWEST) if rows == 1 else LOWEST
        return
    for i in range(n):
        y[out + i] = larger(x[start + x_row + i], larger(x[start + i], LOWEST))
    for r in range(2, rows):
        for i in range(n):
            y[out + i] = larger(x[start + r * x_row + i], y[out + i])


@kernel
def max_pool(x: Blocks, y: Blocks, in_h: Int, in_w: Int,
             out_h: Int, out_w: Int, size: Int, stride_y: Int, stride_x: Int, offset: Int, columns: Floats,
             job: Int) -> None:  # fmt: skip
    """One block: the largest valid value of each window, -FLT_MAX if none; down first, then across.

    ``columns``: room for a row of the input a job.   C: maxpool_layer.c forward_maxpool_layer
    """
    top = job * in_w * LANES
    for row in range(out_h):
        ys = job * y.block + row * y.row
        first_row, last_row = max(0, row * stride_y + offset), min(in_h, row * stride_y + offset + size)
        largest_of_rows(x.base, job * x.block + first_row * x.row, x.row, last_row - first_row, columns, top, in_w * LANES)
        for i in range(out_w * LANES):
            y.base[ys + i] = LOWEST
        for shift in range(offset, offset + size):
            first = max(0, (-shift + stride_x - 1) // stride_x)
            last = min(out_w, (in_w - 1 - shift) // stride_x + 1) if in_w - 1 - shift >= 0 else 0
            if stride_x == 1:
                for i in range(first * LANES, last * LANES):
                    y.base[ys + i] = larger(columns[top + shift * LANES + i], y.base[ys + i])
            else:
                for col in range(first, last):
                    for lane in range(LANES):
                        at = ys + col * LANES + lane
                        y.base[at] = larger(columns[top + (shift + col * stride_x) * LANES + lane], y.base[at])


@kernel
def max_pool_avx(x: Blocks, y: Blocks, in_h: Int, in_w: Int,
                 out_h: Int, out_w: Int, size: Int, stride: Int, offset: Int, vector: Int, vectors: Int,
                 job: Int) -> None:  # fmt: skip
    """max_pool with the defect of the reference's AVX build.   C: gemm.c forward_maxpool_layer_avx

    The first ``vectors`` outputs of a row come in vectors of ``vector``, of which only the first output's taps (stride 2:
    only its leftmost tap) are tested for lying inside.  The others read on in memory: in the rows below, and beyond the
    last row, where the reference reads what happens to lie there, nothing.
    """
    block = job // out_h
    row = job - block * out_h
    for col in range(out_w):
        leader = col - col % vector if col < vectors else col
        at = block * y.block + row * y.row + col * LANES
        for lane in range(LANES):
            y.base[at + lane] = LOWEST
        for ky in range(size):
            r = row * stride + offset + ky
            for kx in range(size):
                tested = leader * stride + offset + (0 if stride == 2 and col < vectors else kx)
                if r >= 0 and r < in_h and tested >= 0 and tested < in_w:
                    c = col * stride + offset + kx
                    below = r + c // in_w
                    if below < in_h:
                        tap = block * x.block + below * x.row + c % in_w * LANES
                        for lane in range(LANES):
                            y.base[at + lane] = larger(x.base[tap + lane], y.base[at + lane])


@kernel
def max_pool_depth(x: Floats, y: Floats, plane: Int, channels: Int, out_channels: Int, job: Int) -> None:
    """Planar: the largest of every ``out_channels``-th channel.   C: maxpool_layer.c, maxpool_depth"""
    for i in range(plane):
        best = LOWEST
        for c in range(job, channels, out_channels):
            v = x[c * plane + i]
            best = v if v > best else best
        y[job * plane + i] = best


@kernel
def local_average_pool(x: Blocks, y: Blocks, in_h: Int, in_w: Int,
                       out_h: Int, out_w: Int, size: Int, stride_y: Int, stride_x: Int, offset: Int,
                       job: Int) -> None:  # fmt: skip
    """One row of one block: the mean of each window's valid values.   C: maxpool_layer.c forward_local_avgpool_layer"""
    block = job // out_h
    row = job - block * out_h
    for col in range(out_w):
        for lane in range(LANES):
            total, count = np.float32(0), 0
            for ky in range(size):
                r = row * stride_y + offset + ky
                for kx in range(size):
                    c = col * stride_x + offset + kx
                    if r >= 0 and r < in_h and c >= 0 and c < in_w:
                        total += x.base[block * x.block + r * x.row + c * LANES + lane]
                        count += 1
            y.base[block * y.block + row * y.row + col * LANES + lane] = total / np.float32(count)


@kernel
def average_pool(x: Blocks, y: Blocks, height: Int, width: Int, area: Real,
                 job: Int) -> None:  # fmt: skip
    """The mean of each channel of one block, summed in row order.   C: avgpool_layer.c forward_avgpool_layer"""
    for lane in range(LANES):
        y.base[job * y.block + lane] = 0
    for r in range(height):
        for i in range(width):
            for lane in range(LANES):
                y.base[job * y.block + lane] += x.base[job * x.block + r * x.row + i * LANES + lane]
    for lane in range(LANES):
        y.base[job * y.block + lane] /= area
