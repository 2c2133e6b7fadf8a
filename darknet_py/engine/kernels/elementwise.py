"""Arithmetic between pictures, element by element; LANES is a constant, all arguments' lanes; strides are in floats."""

from __future__ import annotations

import math

import numpy as np

from ..codegen.jit import Blocks, Floats, Int, Planes, Real, kernel, lanes, moved, row
from .activations import call_activation
from .exponential import exp

__all__ = [
    "activate", "add", "affine", "multiply", "multiply_channels", "multiply_pixels", "normalize", "normalize_channels",
    "normalize_locally",
    "scaled_sum",
]  # fmt: skip

LANES = lanes()
EPSILON = float(np.float32(0.0001))


@kernel
def add(x: Blocks, z: Blocks, y: Blocks, job: Int) -> None:
    """One row: y = x + z in the channels that z has, y = x in others.   C: blas.c shortcut_multilayer_cpu"""
    block = job // y.height
    r = job - block * y.height
    xs, zs, ys = row(x, block, r), row(z, block, r), row(y, block, r)
    if (block + 1) * LANES <= z.channels:
        for i in range(y.width * LANES):
            ys[i] = xs[i] + zs[i]
    else:
        for i in range(y.width * LANES):
            ys[i] = xs[i] + zs[i] if block * LANES + i % LANES < z.channels else xs[i]


@kernel
def scaled_sum(x: Planes, y: Planes, w: Floats, w_step: Int, first: Int, job: Int) -> None:
    """Planar: y[job] (+)= w · x[job], if x has that channel; ``first``: start the sum instead of adding to it.

    C: blas.c shortcut_multilayer_cpu
    """
    if job < x.channels:
        weight = w[job * w_step]
        for r in range(y.height):
            xs, ys = row(x, job, r), row(y, job, r)
            for i in range(y.width):
                product = xs[i] * weight
                ys[i] = product if first != 0 else ys[i] + product


@kernel
def activate(y: Blocks, activation: Int, job: Int) -> None:
    """The activation at that address over one row, in place.   C: activations.c activate_array"""
    block = job // y.height
    call_activation(activation, row(y, block, job - block * y.height), y.width * LANES)


@kernel
def multiply_channels(x: Blocks, z: Blocks, y: Blocks, job: Int) -> None:
    """y = x · z, z one value a channel.   C: scale_channels_layer.c forward_scale_channels_layer"""
    block = job // y.height
    r = job - block * y.height
    xs, zs, ys = row(x, block, r), row(z, block, 0), row(y, block, r)
    for i in range(y.width):
        for lane in range(LANES):
            ys[i * LANES + lane] = xs[i * LANES + lane] * zs[lane]


@kernel
def multiply(x: Blocks, z: Blocks, y: Blocks, job: Int) -> None:
    """y = x · z in one row.   C: sam_layer.c forward_sam_layer"""
    block = job // y.height
    r = job - block * y.height
    xs, zs, ys = row(x, block, r), row(z, block, r), row(y, block, r)
    for i in range(y.width * LANES):
        ys[i] = xs[i] * zs[i]


@kernel
def normalize(x: Floats, y: Floats, mean: Floats, variance: Floats, scales: Floats, biases: Floats, plane: Int,
              epsilon: Real, job: Int) -> None:  # fmt: skip
    """Planar: (x - mean) / sqrt(variance + epsilon), then · scale, then + bias.   C: blas.c normalize_cpu"""
    deviation = np.sqrt(np.float64(variance[job] + epsilon))
    for i in range(job * plane, (job + 1) * plane):
        y[i] = np.float32(np.float32(np.float64(x[i] - mean[job]) / deviation) * scales[job]) + biases[job]


@kernel
def normalize_locally(x: Blocks, y: Blocks, size: Int, alpha: Real, beta: Real, kappa: Real, job: Int) -> None:
    """One row: x · norm^-beta, the norm of each channel made of the one before; y is not x.

    C: normalization_layer.c forward_normalization_layer
    """
    for i in range(y.width):
        xs, ys = moved(row(x, 0, job), i * LANES), moved(row(y, 0, job), i * LANES)
        norm = kappa
        for c in range(size // 2):
            v = xs[c // LANES * x.block + c % LANES]
            norm += alpha * (v * v)
        for c in range(y.channels):
            gone, come = c - (size - 1) // 2 - 1, c + size // 2
            if c > 0 and gone >= 0:
                v = xs[gone // LANES * x.block + gone % LANES]
                norm -= alpha * (v * v)
            if c > 0 and come < y.channels:
                v = xs[come // LANES * x.block + come % LANES]
                norm += alpha * (v * v)
            v = xs[c // LANES * x.block + c % LANES]
            ys[c // LANES * y.block + c % LANES] = v * np.float32(math.pow(np.float64(norm), -np.float64(beta)))


@kernel
def affine(y: Blocks, factor: Real, shift: Real, job: Int) -> None:
    """y · factor + shift in one row, in place; a shift of -0.0 changes nothing.   C: blas.c scal_add_cpu"""
    block = job // y.height
    ys = row(y, block, job - block * y.height)
    for i in range(y.width * LANES):
        ys[i] = np.float32(ys[i] * factor) + shift


@kernel
def multiply_pixels(x: Blocks, z: Blocks, y: Blocks, job: Int) -> None:
    """y = x · z in one row, z one value a pixel.   C: scale_channels_layer.c forward_scale_channels_layer, scale_wh"""
    block = job // y.height
    r = job - block * y.height
    xs, zs, ys = row(x, block, r), row(z, 0, r), row(y, block, r)
    for i in range(y.width):
        for lane in range(LANES):
            ys[i * LANES + lane] = xs[i * LANES + lane] * zs[i * LANES]


@kernel
def normalize_channels(y: Blocks, softmax: Int, shift: Int, job: Int) -> None:
    """One row: each pixel's channels over their sum, negative ones counting 0, or (``softmax``) their softmax.

    ``shift``: subtract the largest first.   C: activations.c activate_array_normalize_channels(_softmax)
    """
    for i in range(y.width):
        ys = moved(row(y, 0, job), i * y.lanes)
        largest = ys[0] if shift != 0 else np.float32(0)
        if shift != 0:
            for c in range(y.channels):
                largest = max(largest, ys[c // y.lanes * y.block + c % y.lanes])
        total = np.float32(EPSILON)
        for c in range(y.channels):
            k = c // y.lanes * y.block + c % y.lanes
            v = ys[k] if ys[k] > 0 else np.float32(0)
            ys[k] = exp(np.float64(ys[k] - largest)) if softmax != 0 else v
            total += ys[k]
        for c in range(y.channels):
            ys[c // y.lanes * y.block + c % y.lanes] /= total
