"""Windows over blocked pictures; LANES is a constant, all arguments' lanes; strides are in floats."""

from __future__ import annotations

import numpy as np

from ..codegen.jit import Blocks, Floats, Int, Planes, inline, kernel, lanes, larger, moved, row

__all__ = ["average_pool", "local_average_pool", "max_pool", "max_pool_avx", "max_pool_depth"]

LANES = lanes()
LOWEST = np.float32(-3.4028235e38)  # -FLT_MAX


@inline
def largest_of_rows(x: Floats, x_row: Int, rows: Int, y: Floats, n: Int) -> None:
    """The largest of ``rows`` rows of n floats, element by element, to y; -FLT_MAX if there are none."""
    if rows < 2:
        for i in range(n):
            y[i] = larger(x[i], LOWEST) if rows == 1 else LOWEST
        return
    for i in range(n):
        y[i] = larger(x[x_row + i], larger(x[i], LOWEST))
    for r in range(2, rows):
        for i in range(n):
            y[i] = larger(x[r * x_row + i], y[i])


@kernel
def max_pool(x: Blocks, y: Blocks, size: Int, stride_y: Int, stride_x: Int, offset: Int, columns: Floats,
             job: Int) -> None:  # fmt: skip
    """One block: the largest valid value of each window, -FLT_MAX if none; down first, then across.

    ``columns``: room for a row of the input a job.   C: maxpool_layer.c forward_maxpool_layer
    """
    largest = moved(columns, job * x.width * LANES)
    for r in range(y.height):
        ys, top = row(y, job, r), r * stride_y + offset
        first_row, last_row = max(0, top), min(x.height, top + size)
        largest_of_rows(row(x, job, first_row), x.row, last_row - first_row, largest, x.width * LANES)
        for i in range(y.width * LANES):
            ys[i] = LOWEST
        for shift in range(offset, offset + size):
            first = max(0, (-shift + stride_x - 1) // stride_x)
            last = min(y.width, (x.width - 1 - shift) // stride_x + 1) if x.width - 1 - shift >= 0 else 0
            taps = moved(largest, shift * LANES)
            if stride_x == 1:
                for i in range(first * LANES, last * LANES):
                    ys[i] = larger(taps[i], ys[i])
            else:
                for col in range(first, last):
                    for lane in range(LANES):
                        at = col * LANES + lane
                        ys[at] = larger(taps[col * stride_x * LANES + lane], ys[at])


@kernel
def max_pool_avx(x: Blocks, y: Blocks, size: Int, stride: Int, offset: Int, vector: Int, vectors: Int,
                 job: Int) -> None:  # fmt: skip
    """max_pool with the defect of the reference's AVX build.   C: gemm.c forward_maxpool_layer_avx

    The first ``vectors`` outputs of a row come in vectors of ``vector``, of which only the first output's taps (stride 2:
    only its leftmost tap) are tested for lying inside.  The others read on in memory: in the rows below, and beyond the
    last row, where the reference reads what happens to lie there, nothing.
    """
    block = job // y.height
    top = (job - block * y.height) * stride + offset
    for col in range(y.width):
        leader = col - col % vector if col < vectors else col
        ys = moved(row(y, block, job - block * y.height), col * LANES)
        for lane in range(LANES):
            ys[lane] = LOWEST
        for r in range(top, top + size):
            for kx in range(size):
                tested = leader * stride + offset + (0 if stride == 2 and col < vectors else kx)
                if r >= 0 and r < x.height and tested >= 0 and tested < x.width:
                    c = col * stride + offset + kx
                    below = r + c // x.width
                    if below < x.height:
                        xs = moved(row(x, block, below), c % x.width * LANES)
                        for lane in range(LANES):
                            ys[lane] = larger(xs[lane], ys[lane])


@kernel
def max_pool_depth(x: Planes, y: Planes, job: Int) -> None:
    """Planar: the largest of every ``y.channels``-th channel.   C: maxpool_layer.c, maxpool_depth"""
    for r in range(x.height):
        xs, ys = row(x, 0, r), row(y, job, r)
        for i in range(x.width):
            best = LOWEST
            for c in range(job, x.channels, y.channels):
                v = xs[c * x.block + i]
                best = v if v > best else best
            ys[i] = best


@kernel
def local_average_pool(x: Blocks, y: Blocks, size: Int, stride_y: Int, stride_x: Int, offset: Int,
                       job: Int) -> None:  # fmt: skip
    """One row of one block: the mean of each window's valid values.   C: maxpool_layer.c forward_local_avgpool_layer"""
    block = job // y.height
    top, ys = (job - block * y.height) * stride_y + offset, row(y, block, job - block * y.height)
    for col in range(y.width):
        for lane in range(LANES):
            total, count = np.float32(0), 0
            for r in range(top, top + size):
                for c in range(col * stride_x + offset, col * stride_x + offset + size):
                    if r >= 0 and r < x.height and c >= 0 and c < x.width:
                        total += row(x, block, r)[c * LANES + lane]
                        count += 1
            ys[col * LANES + lane] = total / np.float32(count)


@kernel
def average_pool(x: Blocks, y: Blocks, job: Int) -> None:
    """The mean of each channel of one block, summed in row order.   C: avgpool_layer.c forward_avgpool_layer"""
    ys = row(y, job, 0)
    for lane in range(LANES):
        ys[lane] = 0
    for r in range(x.height):
        xs = row(x, job, r)
        for i in range(x.width):
            for lane in range(LANES):
                ys[lane] += xs[i * LANES + lane]
    for lane in range(LANES):
        ys[lane] /= np.float32(x.height * x.width)
