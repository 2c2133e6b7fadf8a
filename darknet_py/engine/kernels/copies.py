"""Moving pictures between layouts.   A picture lies as blocks of ``lanes`` channels: [block][row][pixel][lane].

Names in capitals are constants that the plan fills in; strides are in floats.
"""

from __future__ import annotations

import numpy as np

from ..codegen.jit import Floats, Int, kernel

__all__ = ["clear_border", "copy_blocks", "copy_channels", "copy_rows", "reorg", "unfold", "upsample"]

FROM = 1  # lanes of x
TO = 1  # lanes of y
LANES = 1  # lanes of both


@kernel
def copy_channels(x: Floats, x_row: Int, x_block: Int, x_first: Int, y: Floats, y_row: Int, y_block: Int, y_first: Int,
                  height: Int, width: Int, job: Int) -> None:  # fmt: skip
    """Channel ``x_first + job`` of x to channel ``y_first + job`` of y, whatever the lanes of either."""
    cx, cy = x_first + job, y_first + job
    xs = (cx // FROM) * x_block + cx % FROM
    ys = (cy // TO) * y_block + cy % TO
    for r in range(height):
        for i in range(width):
            y[ys + r * y_row + i * TO] = x[xs + r * x_row + i * FROM]


@kernel
def copy_blocks(x: Floats, x_row: Int, x_block: Int, y: Floats, y_row: Int, y_block: Int,
                height: Int, width: Int, job: Int) -> None:  # fmt: skip
    """One block of x to the same block of y."""
    for r in range(height):
        for i in range(width * LANES):
            y[job * y_block + r * y_row + i] = x[job * x_block + r * x_row + i]


@kernel
def copy_rows(x: Floats, y: Floats, y_row: Int, y_block: Int, channels: Int, height: Int, width: Int, rows: Int,
              job: Int) -> None:  # fmt: skip
    """``rows`` rows of every plane of x, a contiguous (channels, height, width), to those of y."""
    for c in range(channels):
        for r in range(job * rows, min((job + 1) * rows, height)):
            for i in range(width):
                y[c * y_block + r * y_row + i] = x[(c * height + r) * width + i]


@kernel
def clear_border(y: Floats, y_row: Int, y_block: Int, height: Int, width: Int, halo: Int, job: Int) -> None:
    """Zeros around one block of y, ``halo`` pixels wide."""
    top = job * y_block - halo * y_row - halo * LANES
    for i in range(halo * y_row):
        y[top + i] = 0
        y[top + (height + halo) * y_row + i] = 0
    for r in range(height):
        left = job * y_block + r * y_row - halo * LANES
        for i in range(halo * LANES):
            y[left + i] = 0
            y[left + (width + halo) * LANES + i] = 0


@kernel
def upsample(x: Floats, x_row: Int, x_block: Int, y: Floats, y_row: Int, y_block: Int,
             height: Int, width: Int, stride: Int, job: Int) -> None:  # fmt: skip
    """Each pixel of one block ``stride`` times across and down.   C: blas.c upsample_cpu"""
    for r in range(height * stride):
        xs, ys = job * x_block + (r // stride) * x_row, job * y_block + r * y_row
        for i in range(width):
            for s in range(stride):
                for lane in range(LANES):
                    y[ys + (i * stride + s) * LANES + lane] = x[xs + i * LANES + lane]


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
def unfold(x: Floats, x_row: Int, x_block: Int, y: Floats, y_row: Int, y_block: Int, height: Int, width: Int, size: Int,
           stride_y: Int, stride_x: Int, padding: Int, dilation: Int, out_h: Int, out_w: Int, job: Int) -> None:  # fmt: skip
    """Planar: the pixel of channel ``job // size²`` that tap ``job % size²`` of each output reads, 0 outside of x."""
    c, ky, kx = job // (size * size), job // size % size, job % size
    for r in range(out_h):
        row = r * stride_y + ky * dilation - padding
        for i in range(out_w):
            column = i * stride_x + kx * dilation - padding
            inside = 0 <= row < height and 0 <= column < width
            y[job * y_block + r * y_row + i] = x[c * x_block + row * x_row + column] if inside else np.float32(0)
