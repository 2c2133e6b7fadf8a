"""Arithmetic between pictures, element by element; LANES is a constant that the plan fills in, strides are in floats."""

from __future__ import annotations

import numpy as np

from ..codegen.jit import Blocks, Floats, Int, Real, constant, kernel, moved
from .activations import call_activation, exp

__all__ = [
    "activate", "add", "affine", "leaky_tail", "multiply", "multiply_channels", "multiply_pixels", "normalize",
    "normalize_channels", "save_tail", "scaled_sum",
]  # fmt: skip

LANES = constant()
EPSILON = float(np.float32(0.0001))


@kernel
def add(x: Blocks, z: Blocks, y: Blocks, channels: Int, job: Int) -> None:  # fmt: skip
    """One row: y = x + z in the ``channels`` that z has, y = x in others.   C: blas.c shortcut_multilayer_cpu"""
    block = job // y.height
    r = job - block * y.height
    xs, zs, ys = block * x.block + r * x.row, block * z.block + r * z.row, block * y.block + r * y.row
    if (block + 1) * LANES <= channels:
        for i in range(y.width * LANES):
            y.base[ys + i] = x.base[xs + i] + z.base[zs + i]
    else:
        for i in range(y.width * LANES):
            y.base[ys + i] = x.base[xs + i] + z.base[zs + i] if block * LANES + i % LANES < channels else x.base[xs + i]


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
def activate(y: Blocks, activation: Int, job: Int) -> None:
    """The activation at that address over one row, in place.   C: activations.c activate_array"""
    block = job // y.height
    r = job - block * y.height
    call_activation(activation, moved(y.base, block * y.block + r * y.row), y.width * LANES)


@kernel
def multiply_channels(x: Blocks, z: Blocks, y: Blocks, job: Int) -> None:  # fmt: skip
    """y = x · z, z one value a channel.   C: scale_channels_layer.c forward_scale_channels_layer"""
    block = job // y.height
    r = job - block * y.height
    xs, ys, zs = block * x.block + r * x.row, block * y.block + r * y.row, block * z.block
    for i in range(y.width):
        for lane in range(LANES):
            y.base[ys + i * LANES + lane] = x.base[xs + i * LANES + lane] * z.base[zs + lane]


@kernel
def multiply(x: Blocks, z: Blocks, y: Blocks, job: Int) -> None:  # fmt: skip
    """y = x · z in one row.   C: sam_layer.c forward_sam_layer"""
    block = job // y.height
    r = job - block * y.height
    xs, zs, ys = block * x.block + r * x.row, block * z.block + r * z.row, block * y.block + r * y.row
    for i in range(y.width * LANES):
        y.base[ys + i] = x.base[xs + i] * z.base[zs + i]


@kernel
def normalize(x: Floats, y: Floats, mean: Floats, variance: Floats, scales: Floats, biases: Floats, plane: Int,
              job: Int) -> None:  # fmt: skip
    """Planar: (x - mean) / sqrt(variance + 1e-5), then · scale, then + bias.   C: blas.c normalize_cpu"""
    deviation = np.sqrt(np.float64(variance[job] + np.float32(0.00001)))
    for i in range(job * plane, (job + 1) * plane):
        y[i] = np.float32(np.float32(np.float64(x[i] - mean[job]) / deviation) * scales[job]) + biases[job]


@kernel
def affine(y: Blocks, factor: Real, shift: Real, job: Int) -> None:
    """y · factor + shift in one row, in place; a shift of -0.0 changes nothing.   C: blas.c scal_add_cpu"""
    block = job // y.height
    at = block * y.block + (job - block * y.height) * y.row
    for i in range(at, at + y.width * LANES):
        y.base[i] = np.float32(y.base[i] * factor) + shift


@kernel
def multiply_pixels(x: Blocks, z: Blocks, y: Blocks, job: Int) -> None:  # fmt: skip
    """y = x · z in one row, z one value a pixel.   C: scale_channels_layer.c forward_scale_channels_layer, scale_wh"""
    block = job // y.height
    r = job - block * y.height
    xs, ys, zs = block * x.block + r * x.row, block * y.block + r * y.row, r * z.row
    for i in range(y.width):
        for lane in range(LANES):
            y.base[ys + i * LANES + lane] = x.base[xs + i * LANES + lane] * z.base[zs + i * LANES]


@kernel
def save_tail(y: Blocks, tail: Floats, lanes: Int, size: Int, height: Int, width: Int,
              count: Int, job: Int) -> None:  # fmt: skip
    """The last ``count`` of the layer's ``size`` elements, in the order of (c, h, w), to ``tail``."""
    for k in range(count):
        i = size - count + k
        c, r, col = i // (height * width), i // width % height, i % width
        tail[k] = y.base[(c // lanes) * y.block + r * y.row + col * lanes + c % lanes]


@kernel
def leaky_tail(y: Blocks, tail: Floats, lanes: Int, size: Int, height: Int, width: Int,
               count: Int, job: Int) -> None:  # fmt: skip
    """Leaky of what ``save_tail`` saved, in double precision.   C: gemm.c activate_array_cpu_custom"""
    for k in range(count):
        i = size - count + k
        c, r, col = i // (height * width), i // width % height, i % width
        at = (c // lanes) * y.block + r * y.row + col * lanes + c % lanes
        y.base[at] = tail[k] if tail[k] > 0 else 0.1 * tail[k]


@kernel
def normalize_channels(y: Blocks, channels: Int, lanes: Int, width: Int, softmax: Int,
                       shift: Int, job: Int) -> None:  # fmt: skip
    """One row: each pixel's channels over their sum, negative ones counting 0, or (``softmax``) their softmax.

    ``shift``: subtract the largest first.   C: activations.c activate_array_normalize_channels(_softmax)
    """
    for i in range(width):
        at = job * y.row + i * lanes
        largest = y.base[at] if shift != 0 else np.float32(0)
        if shift != 0:
            for c in range(channels):
                largest = max(largest, y.base[at + (c // lanes) * y.block + c % lanes])
        total = np.float32(EPSILON)
        for c in range(channels):
            k = at + (c // lanes) * y.block + c % lanes
            v = y.base[k] if y.base[k] > 0 else np.float32(0)
            y.base[k] = exp(np.float64(y.base[k] - largest)) if softmax != 0 else v
            total += y.base[k]
        for c in range(channels):
            y.base[at + (c // lanes) * y.block + c % lanes] /= total
