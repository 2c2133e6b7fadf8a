"""Each kind of layer as kernel calls, one small function each: by which algorithm, in which order."""

from __future__ import annotations

from . import activation, bfloat, convolution, copies, elementwise, heads, local, pooling
from .base import lower

__all__ = ["activation", "bfloat", "convolution", "copies", "elementwise", "heads", "local", "lower", "pooling"]
