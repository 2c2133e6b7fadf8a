"""Which convolutions multiply in bfloat16, and what they multiply."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from ..steps import Builder
from .window import Part

__all__ = ["in_pairs", "pairs_of", "takes_pairs"]

Words = npt.NDArray[np.uint32]


def takes_pairs(b: Builder, part: Part) -> bool:
    """Whether a convolution's input is rounded: one whose channels lie in blocks, an even number of them.

    Others have little to multiply, as the first layer, or are of no network that is in use.
    """
    blocked = part.x.lanes == part.y.lanes > 1
    return b.options.bf16 and blocked and part.x.shape.c % 2 == 0


def in_pairs(b: Builder, part: Part) -> Part:
    """The same convolution of the rounded input and weights, whose channels are pairs."""
    return replace(part, x=b.pairs(0), weights=pairs_of(part.weights))


def pairs_of(weights: np.ndarray) -> np.ndarray:
    """Float32 (n, c, ...) → words (n, c / 2, ...) of two bfloat16 each, the first in the lower half; as float32, by bits.

    Rounded to nearest, ties to even; subnormal numbers to zero.
    """
    halves = _rounded(weights)
    return np.ascontiguousarray(halves[:, 0::2] | halves[:, 1::2] << np.uint32(16)).view(np.float32)


def _rounded(x: np.ndarray) -> Words:
    """The upper halves of the floats after rounding."""
    bits = np.ascontiguousarray(x, np.float32).view(np.uint32)
    rounded = (bits + (0x7FFF + (bits >> 16 & 1)).astype(np.uint32)) >> 16
    rounded = np.where(np.isnan(x), bits >> 16 | 0x40, rounded)
    subnormal = bits & 0x7F800000 == 0
    return np.where(subnormal, bits >> 16 & 0x8000, rounded).astype(np.uint32)
