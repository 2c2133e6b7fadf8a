"""Moving pictures between layouts.   A picture lies as blocks of ``lanes`` channels: [block][row][pixel][lane].

Names in capitals are constants that the plan fills in; strides are in floats.
"""

from __future__ import annotations

import numpy as np

from ..codegen.jit import Blocks, Floats, Int, constant, kernel

__all__ = ["clear_border", "copy_blocks", "copy_channels", "copy_rows", "reorg", "unfold", "upsample"]

FROM = constant()  # lanes of x
TO = constant()  # lanes of y
LANES = constant()  # lanes of both


@kernel
def copy_channels(x: Blocks, x_first: Int, y: Blocks, y_first: Int, job: Int) -> None:
    """Channel ``x_first + job`` of x to channel ``y_first + job`` of y, whatever the lanes of either."""
    cx, cy = x_first + job, y_first + job
    xs = (cx // FROM) * x.block + cx % FROM
    ys = (cy // TO) * y.block + cy % TO
    for r in range(y.height):
        for i in range(y.width):
            y.base[ys + r * y.row + i * TO] = x.base[xs + r * x.row + i * FROM]


@kernel
def copy_blocks(x: Blocks, y: Blocks, job: Int) -> None:
    """One block of x to the same block of y."""
    for r in range(y.height):
        for i in range(y.width * LANES):
            y.base[job * y.block + r * y.row + i] = x.base[job * x.block + r * x.row + i]


@kernel
def copy_rows(x: Floats, y: Blocks, rows: Int, job: Int) -> None:
    """``rows`` rows of every plane of x, which is contiguous, to those of y."""
    for c in range(y.channels):
        for r in range(job * rows, min((job + 1) * rows, y.height)):
            for i in range(y.width):
                y.base[c * y.block + r * y.row + i] = x[(c * y.height + r) * y.width + i]


@kernel
def clear_border(y: Blocks, halo: Int, job: Int) -> None:
    """Zeros around one block of y, ``halo`` pixels wide."""
    top = job * y.block - halo * y.row - halo * LANES
    for i in range(halo * y.row):
        y.base[top + i] = 0
        y.base[top + (y.height + halo) * y.row + i] = 0
    for r in range(y.height):
        left = job * y.block + r * y.row - halo * LANES
        for i in range(halo * LANES):
            y.base[left + i] = 0
            y.base[left + (y.width + halo) * LANES + i] = 0


@kernel
def upsample(x: Blocks, y: Blocks,
             height: Int, width: Int, stride: Int, job: Int) -> None:  # fmt: skip
    """Each pixel of one block ``stride`` times across and down.   C: blas.c upsample_cpu"""
    for r in range(height * stride):
        xs, ys = job * x.block + (r // stride) * x.row, job * y.block + r * y.row
        for i in range(width):
            for s in range(stride):
                for lane in range(LANES):
                    y.base[ys + (i * stride + s) * LANES + lane] = x.base[xs + i * LANES + lane]


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
def unfold(x: Blocks, y: Blocks, height: Int, width: Int, size: Int,
           stride_y: Int, stride_x: Int, padding: Int, dilation: Int, out_h: Int, out_w: Int, job: Int) -> None:  # fmt: skip
    """Planar: the pixel of channel ``job // size²`` that tap ``job % size²`` of each output reads, 0 outside of x."""
    c, ky, kx = job // (size * size), job // size % size, job % size
    for r in range(out_h):
        row = r * stride_y + ky * dilation - padding
        for i in range(out_w):
            column = i * stride_x + kx * dilation - padding
            inside = 0 <= row < height and 0 <= column < width
            y.base[job * y.block + r * y.row + i] = x.base[c * x.block + row * x.row + column] if inside else np.float32(0)
