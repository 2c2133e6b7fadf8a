"""What bfloat16 numerics must give: a convolution of rounded inputs and weights, two channels at a time."""

from __future__ import annotations

import numpy as np
from naive import taps

F = np.float32
LEAST_NORMAL = np.finfo(np.float32).tiny


def flushed(x):
    """0 of the same sign where a number is subnormal."""
    return np.where(np.abs(x) < LEAST_NORMAL, np.copysign(F(0), x), x).astype(F)


def rounded(x):
    """The nearest numbers with 8 bits, of two equally near ones that with the even last bit, as float32.

    Beyond the largest of them, infinity; subnormal numbers count as zero.
    """
    x = np.asarray(x, F)
    with np.errstate(over="ignore", invalid="ignore"):
        m, e = np.frexp(x.astype(np.float64))
        near = np.ldexp(np.rint(m * 256), e - 8).astype(F)
    return np.where(np.isfinite(x), np.where(np.abs(x) < LEAST_NORMAL, flushed(x), near), x)


def convolution(x, weights, biases, stride=(1, 1), padding=0, dilation=1):
    """x (c, h, w), c even, weights (n, c, k, k) → (n, out_h, out_w) before the activation.

    Both products of a pair of channels are added and rounded, then that is added to the sum: pairs, rows, columns ascending.
    """
    x, weights = rounded(x), rounded(weights)
    n, channels, k, _ = weights.shape
    size, read = taps(x, k, stride, padding, dilation)
    y = np.zeros((n, *size), F)
    for c in range(0, channels, 2):
        for ky in range(k):
            for kx in range(k):
                first, second = (weights[:, c + i, ky, kx, None, None] * read(c + i, ky, kx) for i in (0, 1))
                y = flushed(y + flushed(first + second))
    return y + biases[:, None, None]
