"""Moving pictures between layouts.   A picture lies as blocks of ``lanes`` channels: [block][row][pixel][lane].

Names in capitals are constants, the arguments' lanes; strides are in floats.
"""

from __future__ import annotations

import numpy as np

from ..codegen.jit import Blocks, Floats, Int, Planes, Real, kernel, lanes, moved, row

__all__ = [
    "add_squares", "clear_border", "copy_blocks", "copy_channels", "copy_rows", "reorg", "unfold", "upsample",
]  # fmt: skip

FROM, TO = lanes("x"), lanes("y")
LANES = lanes()


@kernel
def copy_channels(x: Blocks, x_first: Int, y: Blocks, y_first: Int, job: Int) -> None:
    """Channel ``x_first + job`` of x to channel ``y_first + job`` of y, whatever the lanes of either."""
    cx, cy = x_first + job, y_first + job
    for r in range(y.height):
        read, written = moved(row(x, cx // FROM, r), cx % FROM), moved(row(y, cy // TO, r), cy % TO)
        for i in range(y.width):
            written[i * TO] = read[i * FROM]


@kernel
def copy_blocks(x: Blocks, y: Blocks, job: Int) -> None:
    """One block of x to the same block of y."""
    for r in range(y.height):
        read, written = row(x, job, r), row(y, job, r)
        for i in range(y.width * LANES):
            written[i] = read[i]


@kernel
def copy_rows(x: Floats, y: Planes, rows: Int, job: Int) -> None:
    """``rows`` rows of every plane of x, which is contiguous, to those of y."""
    for c in range(y.channels):
        for r in range(job * rows, min((job + 1) * rows, y.height)):
            read, written = moved(x, (c * y.height + r) * y.width), row(y, c, r)
            for i in range(y.width):
                written[i] = read[i]


@kernel
def clear_border(y: Blocks, halo: Int, job: Int) -> None:
    """Zeros around one block of y, ``halo`` pixels wide."""
    above, below = moved(row(y, job, -halo), -halo * LANES), moved(row(y, job, y.height), -halo * LANES)
    for i in range(halo * y.row):
        above[i] = 0
        below[i] = 0
    for r in range(y.height):
        left, right = moved(row(y, job, r), -halo * LANES), moved(row(y, job, r), y.width * LANES)
        for i in range(halo * LANES):
            left[i] = 0
            right[i] = 0


@kernel
def upsample(x: Blocks, y: Blocks, stride: Int, job: Int) -> None:
    """Each pixel of one block ``stride`` times across and down.   C: blas.c upsample_cpu"""
    for r in range(x.height * stride):
        read, written = row(x, job, r // stride), row(y, job, r)
        for i in range(x.width):
            for s in range(stride):
                for lane in range(LANES):
                    written[(i * stride + s) * LANES + lane] = read[i * LANES + lane]


@kernel
def add_squares(x: Blocks, y: Blocks, stride: Int, scale: Real, job: Int) -> None:
    """The sum of ``scale`` times each of ``stride`` by ``stride`` pixels of one block.   C: blas.c upsample_cpu"""
    for r in range(y.height):
        written = row(y, job, r)
        for i in range(y.width * LANES):
            written[i] = 0
        for down in range(stride):
            read = row(x, job, r * stride + down)
            for i in range(y.width):
                for s in range(stride):
                    for lane in range(LANES):
                        written[i * LANES + lane] += scale * read[(i * stride + s) * LANES + lane]


@kernel
def reorg(x: Floats, y: Floats, channels: Int, height: Int, width: Int, stride: Int, forward: Int, job: Int) -> None:
    """Planar: channel ``job`` of the (channels, height, width) side of a reorg.   C: blas.c reorg_cpu

    ``forward``: x is that side, and squares of y's pixels are written; else they are read, and y is that side.
    """
    kept = channels // (stride * stride)
    square = job // kept
    for r in range(height):
        for i in range(width):
            near = (job * height + r) * width + i
            down, right = r * stride + square // stride, i * stride + square % stride
            far = ((job % kept) * height * stride + down) * width * stride + right
            if forward != 0:
                y[far] = x[near]
            else:
                y[near] = x[far]


@kernel
def unfold(x: Planes, y: Planes, size: Int, stride_y: Int, stride_x: Int, padding: Int, dilation: Int, job: Int) -> None:
    """Planar: the pixel of channel ``job // size²`` that tap ``job % size²`` of each output reads, 0 outside of x."""
    c, ky, kx = job // (size * size), job // size % size, job % size
    for r in range(y.height):
        from_row = r * stride_y + ky * dilation - padding
        read, written = row(x, c, from_row), row(y, job, r)
        for i in range(y.width):
            column = i * stride_x + kx * dilation - padding
            inside = 0 <= from_row < x.height and 0 <= column < x.width
            written[i] = read[column] if inside else np.float32(0)
