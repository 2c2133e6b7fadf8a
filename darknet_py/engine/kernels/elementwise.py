"""Arithmetic between pictures, element by element; LANES is a constant that the plan fills in, strides are in floats."""

from __future__ import annotations

import numpy as np

from ..codegen.jit import Floats, Int, Real, kernel
from .activations import call_activation, exp

__all__ = [
    "activate", "add", "affine", "leaky_tail", "multiply", "multiply_channels", "multiply_pixels", "normalize",
    "normalize_channels", "save_tail", "scaled_sum",
]  # fmt: skip

LANES = 1
EPSILON = float(np.float32(0.0001))


@kernel
def add(x: Floats, x_row: Int, x_block: Int, z: Floats, z_row: Int, z_block: Int, y: Floats, y_row: Int, y_block: Int,
        channels: Int, height: Int, width: Int, job: Int) -> None:  # fmt: skip
    """One row: y = x + z in the ``channels`` that z has, y = x in others.   C: blas.c shortcut_multilayer_cpu"""
    block = job // height
    r = job - block * height
    xs, zs, ys = block * x_block + r * x_row, block * z_block + r * z_row, block * y_block + r * y_row
    if (block + 1) * LANES <= channels:
        for i in range(width * LANES):
            y[ys + i] = x[xs + i] + z[zs + i]
    else:
        for i in range(width * LANES):
            y[ys + i] = x[xs + i] + z[zs + i] if block * LANES + i % LANES < channels else x[xs + i]


@kernel
def scaled_sum(x: Floats, x_channels: Int, y: Floats, w: Floats, w_step: Int, plane: Int, first: Int,
               job: Int) -> None:  # fmt: skip
    """Planar: y[job] (+)= w · x[job], if x has that channel; ``first``: start the sum instead of adding to it.

    C: blas.c shortcut_multilayer_cpu
    """
    if job < x_channels:
        weight = w[job * w_step]
        for i in range(plane):
            product = x[job * plane + i] * weight
            y[job * plane + i] = product if first != 0 else y[job * plane + i] + product


@kernel
def activate(y: Int, y_row: Int, y_block: Int, height: Int, width: Int, lanes: Int, activation: Int, job: Int) -> None:
    """The activation at that address over one row, in place.   C: activations.c activate_array"""
    block = job // height
    r = job - block * height
    call_activation(activation, y + 4 * (block * y_block + r * y_row), width * lanes)


@kernel
def multiply_channels(x: Floats, x_row: Int, x_block: Int, z: Floats, z_block: Int, y: Floats, y_row: Int, y_block: Int,
                      height: Int, width: Int, job: Int) -> None:  # fmt: skip
    """y = x · z, z one value a channel.   C: scale_channels_layer.c forward_scale_channels_layer"""
    block = job // height
    r = job - block * height
    xs, ys, zs = block * x_block + r * x_row, block * y_block + r * y_row, block * z_block
    for i in range(width):
        for lane in range(LANES):
            y[ys + i * LANES + lane] = x[xs + i * LANES + lane] * z[zs + lane]


@kernel
def multiply(x: Floats, x_row: Int, x_block: Int, z: Floats, z_row: Int, z_block: Int, y: Floats, y_row: Int,
             y_block: Int, height: Int, width: Int, job: Int) -> None:  # fmt: skip
    """y = x · z in one row.   C: sam_layer.c forward_sam_layer"""
    block = job // height
    r = job - block * height
    xs, zs, ys = block * x_block + r * x_row, block * z_block + r * z_row, block * y_block + r * y_row
    for i in range(width * LANES):
        y[ys + i] = x[xs + i] * z[zs + i]


@kernel
def normalize(x: Floats, y: Floats, mean: Floats, variance: Floats, scales: Floats, biases: Floats, plane: Int,
              job: Int) -> None:  # fmt: skip
    """Planar: (x - mean) / sqrt(variance + 1e-5), then · scale, then + bias.   C: blas.c normalize_cpu"""
    deviation = np.sqrt(np.float64(variance[job] + np.float32(0.00001)))
    for i in range(job * plane, (job + 1) * plane):
        y[i] = np.float32(np.float32(np.float64(x[i] - mean[job]) / deviation) * scales[job]) + biases[job]


@kernel
def affine(y: Floats, y_row: Int, y_block: Int, height: Int, width: Int, factor: Real, shift: Real, job: Int) -> None:
    """y · factor + shift in one row, in place; a shift of -0.0 changes nothing.   C: blas.c scal_add_cpu"""
    block = job // height
    at = block * y_block + (job - block * height) * y_row
    for i in range(at, at + width * LANES):
        y[i] = np.float32(y[i] * factor) + shift


@kernel
def multiply_pixels(x: Floats, x_row: Int, x_block: Int, z: Floats, z_row: Int, y: Floats, y_row: Int, y_block: Int,
                    height: Int, width: Int, job: Int) -> None:  # fmt: skip
    """y = x · z in one row, z one value a pixel.   C: scale_channels_layer.c forward_scale_channels_layer, scale_wh"""
    block = job // height
    r = job - block * height
    xs, ys, zs = block * x_block + r * x_row, block * y_block + r * y_row, r * z_row
    for i in range(width):
        for lane in range(LANES):
            y[ys + i * LANES + lane] = x[xs + i * LANES + lane] * z[zs + i * LANES]


@kernel
def save_tail(y: Floats, y_row: Int, y_block: Int, tail: Floats, lanes: Int, size: Int, height: Int, width: Int,
              count: Int, job: Int) -> None:  # fmt: skip
    """The last ``count`` of the layer's ``size`` elements, in the order of (c, h, w), to ``tail``."""
    for k in range(count):
        i = size - count + k
        c, r, col = i // (height * width), i // width % height, i % width
        tail[k] = y[(c // lanes) * y_block + r * y_row + col * lanes + c % lanes]


@kernel
def leaky_tail(y: Floats, y_row: Int, y_block: Int, tail: Floats, lanes: Int, size: Int, height: Int, width: Int,
               count: Int, job: Int) -> None:  # fmt: skip
    """Leaky of what ``save_tail`` saved, in double precision.   C: gemm.c activate_array_cpu_custom"""
    for k in range(count):
        i = size - count + k
        c, r, col = i // (height * width), i // width % height, i % width
        at = (c // lanes) * y_block + r * y_row + col * lanes + c % lanes
        y[at] = tail[k] if tail[k] > 0 else 0.1 * tail[k]


@kernel
def normalize_channels(y: Floats, y_row: Int, y_block: Int, channels: Int, lanes: Int, width: Int, softmax: Int,
                       shift: Int, job: Int) -> None:  # fmt: skip
    """One row: each pixel's channels over their sum, negative ones counting 0, or (``softmax``) their softmax.

    ``shift``: subtract the largest first.   C: activations.c activate_array_normalize_channels(_softmax)
    """
    for i in range(width):
        at = job * y_row + i * lanes
        largest = y[at] if shift != 0 else np.float32(0)
        if shift != 0:
            for c in range(channels):
                largest = max(largest, y[at + (c // lanes) * y_block + c % lanes])
        total = np.float32(EPSILON)
        for c in range(channels):
            k = at + (c // lanes) * y_block + c % lanes
            v = y[k] if y[k] > 0 else np.float32(0)
            y[k] = exp(np.float64(y[k] - largest)) if softmax != 0 else v
            total += y[k]
        for c in range(channels):
            y[at + (c // lanes) * y_block + c % lanes] /= total
